package dev.sway.lazyfsd.linux;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;

/// Who is at the other end of a unix socket (`SO_PEERCRED`, unix(7)).
public final class PeerUser {
  private PeerUser() {}

  /// The user of the process that connected `channel`, at the time when it did.
  public static UserPrincipal of(SocketChannel channel) throws IOException {
    return channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
  }
}
