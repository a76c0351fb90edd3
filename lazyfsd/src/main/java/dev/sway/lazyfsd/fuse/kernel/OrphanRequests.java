package dev.sway.lazyfsd.fuse.kernel;

import dev.sway.lazyfsd.linux.Descriptors;
import dev.sway.lazyfsd.linux.Errno;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Requests that a server has made of its own file system, and can no longer answer because it was
/// killed. The kernel has a thread wait for the answer to what was handed out even where its
/// process is killed; so they would wait for the next server, and that one for their process to be
/// gone.
public final class OrphanRequests {
  /// One that was handed out at a descriptor: the only one that its answer is taken at.
  private record Handed(int fd, long unique) {}

  private OrphanRequests() {}

  /// Answers requests of `threads` with an error. All others stay unanswered for the next server,
  /// which has the kernel hand them out once more.
  ///
  /// Nobody else may read from the descriptors meanwhile: what they are given would be answered by
  /// nobody.
  ///
  /// @param descriptors of `/dev/fuse`, all that are left of each connection
  /// @param threads that are about to end
  /// @return how many were answered
  public static int refuse(List<Integer> descriptors, Set<Integer> threads) {
    try (Arena arena = Arena.ofConfined()) {
      Reply reply = new Reply(arena);
      // All of them first: this takes back what was handed out at any descriptor of a connection.
      descriptors.forEach(fd -> reply.tell(fd, FuseProtocol.NOTIFY_RESEND));
      Request request = new Request(arena.allocate(FuseProtocol.REQUEST_BUFFER, Long.BYTES));
      List<Handed> theirs = new ArrayList<>();
      for (int fd : descriptors) {
        // A request can be taken back between two calls, and waiting for the next one is not
        // wanted.
        Descriptors.setBlocking(fd, false);
        try {
          take(arena, fd, request, threads, theirs);
        } finally {
          Descriptors.setBlocking(fd, true);
        }
      }
      // Not before all is read: with the answer the process can be gone, and the next server be
      // there.
      for (Handed one : theirs) {
        reply.error(Errno.EIO);
        reply.send(one.fd(), one.unique());
      }
      // Nothing stays with who does not answer: the others can be killed while they wait.
      descriptors.forEach(fd -> reply.tell(fd, FuseProtocol.NOTIFY_RESEND));
      return theirs.size();
    }
  }

  private static void take(
      Arena arena, int fd, Request request, Set<Integer> threads, List<Handed> theirs) {
    var state = DeviceCalls.callState(arena);
    while (true) {
      int count = DeviceCalls.read(state, fd, request.buffer());
      if (count < 0) {
        int error = DeviceCalls.errno(state);
        if (error == Errno.ENOENT.number() || error == Errno.EINTR.number()) {
          continue;
        }
        return;
      }
      if (request.accept(count)
          && threads.contains(request.process())
          && FuseProtocol.isAnswered(request.opcode())) {
        theirs.add(new Handed(fd, request.unique()));
      }
    }
  }
}
