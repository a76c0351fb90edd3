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
/// | [#HELLO] | version of the worker | [#OK] version, process id of the holder, what it can do beside ([#ENDS_WORKERS]; early ones of version 2 leave this out) |
/// | [#HOLD] | name, process id, descriptor, payload | [#OK] |
/// | [#DROP] | name | [#OK], whether or not there was such a name |
/// | [#LIST] | | an [#ENTRY] (name, descriptor, payload) for each name, [#OK] |
/// | [#START] | run, payload, count and words of a command, count and variables of its environment | [#OK], then as for `ATTACH` from record 1 on |
/// | [#ATTACH] | run, number | [#OK], then an [#OUTPUT] (number, stream, bytes) for each record behind that number, then a [#LAST] (number, exit code) |
/// | [#ACKNOWLEDGE] | run, number | [#OK]; the records up to that number are forgotten |
/// | [#POSITION] | run | an [#AT] (number that is acknowledged, number of the last, its end too), [#OK] |
/// | [#KILL] | run | [#OK]; its process is killed, what it wrote stays |
/// | [#FORGET] | run | [#OK], whether or not there was such a run; its process is killed |
/// | [#RUNS] | | a [#RUN] (run, payload) for each, [#OK] |
/// | [#WATCH] | | [#OK], then an [#EXITED] (run, exit code) for each run whose process has ended or ends, and a [#LEAVE] each time a worker is to leave |
/// | [#LEAVE] | | [#OK] once the worker that watches has been told to leave, with its process id where that is known (early ones of version 2 leave this out) |
/// | [#END] | | [#OK]; the holder lets everything go and ends |
///
/// `HELLO` is the first request of each connection. [#REFUSED] has one field, a line of text.
/// Nothing is asked any more on a connection that `START`, `ATTACH` or `WATCH` was answered on with
/// `OK`. A second `ATTACH` of a run, or a second `WATCH`, ends the first.
///
/// A process writes to two pipes. What comes out of either is a record of stream 1 or 2; records
/// are numbered from 1 on in the order in which they came, and kept until they are acknowledged. A
/// run of which [RunSpool#MAX_BYTES] are kept waits, or fewer where other runs need as much:
/// nothing goes to a disk.
final class HolderProtocol {
  /// Of what is written here. A holder outlives the worker that started it, so a worker may meet
  /// one of another version; it then ends it in order, which ends what it holds.
  static final long VERSION = 2;

  /// A holder that sees to the end of workers that are killed while they ask their own mounts.
  static final long ENDS_WORKERS = 1;

  static final int HELLO = 1;
  static final int HOLD = 2;
  static final int DROP = 3;
  static final int LIST = 4;
  static final int END = 5;

  static final int START = 6;
  static final int ATTACH = 7;
  static final int ACKNOWLEDGE = 8;
  static final int KILL = 9;
  static final int FORGET = 10;
  static final int RUNS = 11;
  static final int WATCH = 12;
  static final int LEAVE = 13;
  static final int POSITION = 14;

  static final int OK = 64;
  static final int REFUSED = 65;
  static final int ENTRY = 66;
  static final int OUTPUT = 67;
  static final int LAST = 68;
  static final int RUN = 69;
  static final int EXITED = 70;
  static final int AT = 71;

  /// The longest name, in bytes.
  static final int MAX_NAME_BYTES = 200;

  /// The longest payload, in bytes.
  static final int MAX_PAYLOAD_BYTES = 64 << 10;

  /// A payload, or a piece of output ([RunSpool#MAX_RECORD_BYTES]), and what is said about it.
  static final int MAX_FRAME_BYTES = 72 << 10;

  /// How many descriptors a holder keeps.
  static final int MAX_DESCRIPTORS = 1024;

  /// How many runs a holder keeps.
  static final int MAX_RUNS = 512;

  /// How many words a command may have, and how many variables; and how long each may be.
  static final int MAX_WORDS = 64;

  static final int MAX_WORD_BYTES = 8 << 10;

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
