package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.index.InodeRecord;
import dev.sway.formats.tree.FileType;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.guess.ElfHeader;
import dev.sway.lazyfsd.guess.FileRange;
import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Whether the kernel of this machine can execute a file of an image, with the interpreter or the
/// dynamic loader that it names. runc has told that the container runs when the kernel refuses, and
/// all that is seen then is the exit code 1.
///
/// What is not there itself, or lacks a permission, runc reports.
final class Executable {
  private static final int ANY_EXECUTE = 0111;
  private static final int ELF = 0x7f454c46;
  private static final int ELF_MACHINE = 18;

  /// What the kernel says what a file is by, and more than it reads of a `#!` line; what linkers
  /// write the loader's name into, too.
  private static final int HEAD_BYTES = 4096;

  /// As for the kernel (`PATH_MAX`).
  private static final int MAX_PATH = 4096;

  /// `e_machine` of what x86-64 and 64-bit ARM execute (elf.h): their own and that of their 32-bit
  /// predecessors.
  private static final Set<Integer> X86 = Set.of(62, 3);

  private static final Set<Integer> ARM = Set.of(183, 40);

  /// Formats that a machine was taught, such as programs for other machines in an emulator.
  private static final Path TAUGHT = Path.of("/proc/sys/fs/binfmt_misc");

  /// How many interpreters Linux follows, each of which may have a `#!` line of its own.
  private static final int MAX_INTERPRETERS = 5;

  private static final byte[] NOTHING = {};

  private Executable() {}

  /// @throws SwayException of kind `not-executable` where the command of `process` is no program
  ///   for this machine, `command-not-found` where what it names is not in the image
  static void require(ContainerProcess process, ImagePaths image) throws IOException {
    String command = process.args().getFirst();
    if (process.script().isPresent() && command.startsWith(LazyfsdApi.SCRIPT_FOLDER + "/")) {
      // A script that the run brings, whatever the image has there.
      RunRequest.Script script = process.script().get();
      require(script.name(), script.content(), process.cwd(), image);
      return;
    }
    Optional<String> path = find(command, process, image);
    Optional<byte[]> head =
        path.isPresent() ? image.content(path.get(), HEAD_BYTES) : Optional.empty();
    if (head.isPresent()) {
      require(command, head.get(), process.cwd(), image);
    }
  }

  /// Follows `#!` lines to a program, as the kernel does.
  ///
  /// @param file what to call what is executed first
  /// @param content its first bytes
  /// @param cwd where the kernel looks for an interpreter that is not given by an absolute path
  private static void require(String file, byte[] content, String cwd, ImagePaths image)
      throws IOException {
    String program = file;
    byte[] head = content;
    for (int depth = 0; ; depth++) {
      List<String> words = Interpreter.words(head);
      if (words.isEmpty()) {
        requireProgram(
            program.equals(file)
                ? "'%s'".formatted(file)
                : "'%s', to which the '#!' line of '%s' leads,".formatted(program, file),
            head,
            image);
        return;
      }
      if (depth == MAX_INTERPRETERS) {
        throw new SwayException(
            FailureKind.NOT_EXECUTABLE,
            "'%s' cannot be executed: its '#!' line leads through more than %d others"
                .formatted(file, MAX_INTERPRETERS));
      }
      String interpreter = words.getFirst();
      String path = interpreter.startsWith("/") ? interpreter : cwd + "/" + interpreter;
      Interpreter.require(program, interpreter, image.find(path));
      program = interpreter;
      head = image.content(path, HEAD_BYTES).orElse(NOTHING);
    }
  }

  /// @param program what to call it
  private static void requireProgram(String program, byte[] head, ImagePaths image)
      throws IOException {
    if (isForThisMachine(head)) {
      requireLoader(program, head, image);
    } else if (!isTaught()) {
      throw new SwayException(
          FailureKind.NOT_EXECUTABLE,
          "%s cannot be executed: it is no program for this machine (%s), and has no '#!' line that names one"
              .formatted(program, System.getProperty("os.arch")));
    }
  }

  private static void requireLoader(String program, byte[] head, ImagePaths image)
      throws IOException {
    Optional<String> loader =
        ElfHeader.parse(MemorySegment.ofArray(head))
            .flatMap(ElfHeader::interpreter)
            .flatMap(range -> path(head, range));
    if (loader.isEmpty()) {
      return;
    }
    Optional<InodeRecord> found = image.find(loader.get());
    if (found.isEmpty()) {
      throw new SwayException(
          FailureKind.COMMAND_NOT_FOUND,
          "'%s', the dynamic loader that %s is linked for, is not in the image; install it there, or take a program that was built for what the image has"
              .formatted(loader.get(), program));
    }
    if (!isExecutableFile(found)) {
      throw new SwayException(
          FailureKind.NOT_EXECUTABLE,
          "'%s', the dynamic loader that %s is linked for, is no file that may be executed"
              .formatted(loader.get(), program));
    }
  }

  /// The absolute path that is there, with a zero byte behind, if one is.
  private static Optional<String> path(byte[] head, FileRange range) {
    if (range.length() < 2
        || range.length() > MAX_PATH
        || range.offset() > head.length - range.length()
        || head[(int) (range.offset() + range.length() - 1)] != 0) {
      return Optional.empty();
    }
    String path =
        new String(head, (int) range.offset(), (int) range.length() - 1, StandardCharsets.UTF_8);
    return path.startsWith("/") && path.indexOf(0) < 0 ? Optional.of(path) : Optional.empty();
  }

  /// The programs that `process` begins with, as far as that is known: what a script's `#!` line
  /// names, what env(1) is told to find, or the command itself. For guesses only, and not followed
  /// as far as [#require] follows it.
  ///
  /// @return absolute paths in the image
  static List<String> programs(ContainerProcess process, ImagePaths image) throws IOException {
    List<String> words = new ArrayList<>(process.args());
    if (process.script().isPresent()) {
      words = new ArrayList<>(Interpreter.words(process.script().get().content()));
      words.addAll(process.args());
    }
    List<String> programs = new ArrayList<>();
    for (String word : words) {
      Optional<String> found = find(word, process, image);
      found.ifPresent(programs::add);
      if (!word.endsWith("/env")) {
        break;
      }
    }
    return programs;
  }

  /// As execvp(3) finds it.
  private static Optional<String> find(String command, ContainerProcess process, ImagePaths image)
      throws IOException {
    if (command.contains("/")) {
      return Optional.of(command.startsWith("/") ? command : process.cwd() + "/" + command);
    }
    for (String variable : process.env()) {
      if (variable.startsWith("PATH=")) {
        for (String folder : variable.substring("PATH=".length()).split(":", -1)) {
          String candidate = folder + "/" + command;
          if (candidate.startsWith("/") && isExecutableFile(image.find(candidate))) {
            return Optional.of(candidate);
          }
        }
      }
    }
    return Optional.empty();
  }

  static boolean isExecutableFile(Optional<InodeRecord> inode) {
    return inode.isPresent()
        && FileType.ofMode(inode.get().mode()).orElse(null) == FileType.REGULAR
        && (inode.get().mode() & ANY_EXECUTE) != 0;
  }

  private static boolean isForThisMachine(byte[] head) {
    if (head.length < ELF_MACHINE + 2 || ByteBuffer.wrap(head).getInt() != ELF) {
      return false;
    }
    // Linux does not ask for the byte order that the file names.
    int machine =
        Short.toUnsignedInt(
            ByteBuffer.wrap(head).order(ByteOrder.nativeOrder()).getShort(ELF_MACHINE));
    return switch (System.getProperty("os.arch")) {
      case "amd64" -> X86.contains(machine);
      case "aarch64" -> ARM.contains(machine);
      default -> true;
    };
  }

  private static boolean isTaught() throws IOException {
    if (!Files.isDirectory(TAUGHT)) {
      return false;
    }
    try (Stream<Path> formats = Files.list(TAUGHT)) {
      return formats
          .map(path -> path.getFileName().toString())
          .anyMatch(name -> !name.equals("register") && !name.equals("status"));
    }
  }
}
