package dev.sway.lazyfsd.holder;

import java.nio.file.Path;

/// What a worker and its holder tell each other.
///
/// They talk over the unix socket `holder/socket` in the worker's state folder. The folder is its
/// user's alone, and the holder asks the kernel who has connected besides. A worker may have any
/// number of connections. On each the worker sends requests, and the holder answers each with any
/// number of frames of which only the last is [#OK] or [#REFUSED].
///
/// ```
/// frame  = length body          length: u32, of the body, 1 to MAX_FRAME_BYTES
/// body   = code field*          code: u8, what this class names
/// field  = number | bytes       number: i64; bytes: u32 length, then as many; text: UTF-8 bytes
/// ```
///
/// All integers are big-endian. A frame has exactly its fields. An end that gets anything else
/// closes the connection.
///
/// | request | fields | answer |
/// |---|---|---|
/// | [#HELLO] | version of the worker | [#OK] version, process id of the holder |
/// | [#HOLD] | name, process id, descriptor, payload | [#OK] |
/// | [#DROP] | name | [#OK], whether or not there was such a name |
/// | [#LIST] | | an [#ENTRY] (name, descriptor, payload) for each name, [#OK] |
/// | [#END] | | [#OK]; the holder lets everything go and ends |
///
/// `HELLO` is the first request of each connection. [#REFUSED] has one field, a line of text.
final class HolderProtocol {
  /// Of what is written here. A holder outlives the worker that started it, so a worker may meet
  /// one of another version; it then ends it in order, which ends what it holds.
  static final long VERSION = 1;

  static final int HELLO = 1;
  static final int HOLD = 2;
  static final int DROP = 3;
  static final int LIST = 4;
  static final int END = 5;

  static final int OK = 64;
  static final int REFUSED = 65;
  static final int ENTRY = 66;

  /// The longest name, in bytes.
  static final int MAX_NAME_BYTES = 200;

  /// The longest payload, in bytes.
  static final int MAX_PAYLOAD_BYTES = 64 << 10;

  /// A payload, or a piece of output, and what is said about it.
  static final int MAX_FRAME_BYTES = 72 << 10;

  /// How many descriptors a holder keeps.
  static final int MAX_DESCRIPTORS = 1024;

  /// What the kernel has room for in an address: `sun_path` of unix(7), with its end.
  private static final int MAX_SOCKET_PATH_BYTES = 107;

  /// Relative to a state folder.
  private static final String SOCKET = "holder/socket";

  /// The longest path of a state folder, in bytes, so that the socket in it has an address.
  static final int MAX_STATE_PATH_BYTES = MAX_SOCKET_PATH_BYTES - SOCKET.length() - 1;

  private HolderProtocol() {}

  /// The holder's own folder.
  static Path folder(Path state) {
    return state.resolve("holder");
  }

  static Path socket(Path state) {
    return state.resolve(SOCKET);
  }

  /// What the holder has to say to people.
  static Path log(Path state) {
    return folder(state).resolve("log");
  }
}
