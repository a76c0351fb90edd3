package dev.sway.lazyfsd.fuse;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.Transports;

class JnrFuseIT extends FuseConformance {
  @Override
  FuseTransport load() throws SwayException {
    return Transports.JNR.load();
  }

  @Override
  public boolean seesHoles() {
    return false;
  }

  @Override
  public boolean enforcesAccessLists() {
    return false;
  }

  @Override
  public int stuckReadersItBears() {
    return 8;
  }
}
