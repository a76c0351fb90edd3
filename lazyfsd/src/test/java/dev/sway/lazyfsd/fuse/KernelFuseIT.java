package dev.sway.lazyfsd.fuse;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.Transports;

class KernelFuseIT extends FuseConformance {
  @Override
  FuseTransport load() throws SwayException {
    return Transports.KERNEL.load();
  }

  @Override
  public boolean seesHoles() {
    return true;
  }

  @Override
  public boolean enforcesAccessLists() {
    return true;
  }

  @Override
  public int stuckReadersItBears() {
    return 60;
  }
}
