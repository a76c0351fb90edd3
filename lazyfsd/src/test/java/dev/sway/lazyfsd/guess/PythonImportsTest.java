package dev.sway.lazyfsd.guess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.lazyfsd.fixture.Randomized;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `imports.py` as it is, and as CPython 3.8 to 3.13 have compiled it.
@Timeout(60)
class PythonImportsTest {
  private static final List<PythonImport> IN_NO_FUNCTION =
      List.of(
          new PythonImport(0, "os", List.of()),
          new PythonImport(0, "sys", List.of()),
          new PythonImport(0, "a.b.c", List.of()),
          new PythonImport(1, "", List.of("sibling")),
          new PythonImport(2, "up", List.of("one", "two")),
          new PythonImport(0, "pkg.mod", List.of("x", "y")),
          new PythonImport(0, "optional", List.of()));

  private static String resource(String name) throws IOException {
    try (InputStream in = PythonImportsTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /// By version.
  private static Map<String, byte[]> compiled() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (String line : resource("imports.pyc.txt").lines().toList()) {
      String[] words = line.split(" ", 2);
      files.put(words[0], Base64.getDecoder().decode(words[1]));
    }
    return files;
  }

  @Test
  void compiledModulesOfAllVersionsSayWhatTheyImport() throws IOException {
    assertThat(compiled().keySet()).containsExactly("3.10", "3.11", "3.12", "3.13", "3.8", "3.9");
    for (Map.Entry<String, byte[]> file : compiled().entrySet()) {
      assertThat(PythonBytecode.isModule(file.getValue())).isTrue();
      assertThat(PythonBytecode.imports(file.getValue()))
          .as(file.getKey())
          .isEqualTo(IN_NO_FUNCTION);
    }
  }

  /// Of a list over several lines it has the first one, and of a class what is in its body.
  @Test
  void sourceSaysWhatItImportsLineByLine() throws IOException {
    List<PythonImport> expected = new ArrayList<>(IN_NO_FUNCTION);
    expected.set(5, new PythonImport(0, "pkg.mod", List.of("x")));
    expected.add(6, new PythonImport(0, "inside", List.of()));
    assertThat(PythonSource.imports(resource("imports.py"))).isEqualTo(expected);
  }

  @Test
  void sourceMayBeAnything() {
    assertThat(
            PythonSource.imports(
                """
                \uFEFF# import comment
                import one; import two
                import three.four as five, six # seven
                from . import *
                from .eight import nine as ten
                importlib.import_module("eleven")
                async def f():
                  import twelve

                  import thirteen
                class K:
                  def method(
                      self,
                  ) -> int:
                    import in_method
                # comment
                    import also_in_method
                  import in_class
                from fourteen import(fifteen)
                import
                from import
                """))
        .containsExactly(
            new PythonImport(0, "one", List.of()),
            new PythonImport(0, "three.four", List.of()),
            new PythonImport(0, "six", List.of()),
            new PythonImport(1, "", List.of()),
            new PythonImport(1, "eight", List.of("nine")),
            new PythonImport(0, "in_class", List.of()),
            new PythonImport(0, "fourteen", List.of("fifteen")));
  }

  @Test
  void whatIsMeantToTakeLongDoesNot() {
    String dots = "from " + ".".repeat(1 << 20);
    String spaces = "from" + " ".repeat(1 << 20);
    String short1 = ("from " + ".".repeat(1900) + "\n").repeat(500);
    String short2 = ("from" + " ".repeat(1900) + "\n").repeat(500);
    for (String source : List.of(dots, spaces, short1, short2)) {
      assertThat(PythonSource.imports(source)).isEmpty();
    }
    assertThat(PythonSource.imports("import a\n".repeat(100_000))).hasSize(PythonImport.MOST);
  }

  /// One long name that is imported again and again.
  @Test
  void whatIsMeantToTakeMuchMemoryDoesNot() throws IOException {
    ByteBuffer file = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    file.putShort((short) 3495).put((byte) 13).put((byte) 10).position(16);
    int code = 200_000;
    file.put((byte) 'c').position(file.position() + 20);
    file.put((byte) 's').putInt(code);
    for (int i = 0; i < code; i += 2) {
      file.put((byte) 108).put((byte) 0);
    }
    file.put((byte) ')').put((byte) 0);
    file.put((byte) ')').put((byte) 1).put((byte) 'a').putInt(600_000);
    file.position(file.position() + 600_000);
    for (int i = 0; i < 5; i++) {
      file.put((byte) 'N');
    }
    file.putInt(1).put((byte) 'N').put((byte) 'N');
    assertThat(PythonBytecode.imports(Arrays.copyOf(file.array(), file.position())))
        .hasSize(PythonImport.MOST)
        .allMatch(each -> each.name().isEmpty());
  }

  @Test
  void otherVersionsSayNothing() throws IOException {
    byte[] file = Objects.requireNonNull(compiled().get("3.13"));
    for (int version : new int[] {3394, 3572, 0, 0xffff}) {
      byte[] other = file.clone();
      other[0] = (byte) version;
      other[1] = (byte) (version >> 8);
      assertThat(PythonBytecode.imports(other)).isEmpty();
    }
    assertThat(PythonBytecode.isModule("#!/usr/bin/python3".getBytes(StandardCharsets.UTF_8)))
        .isFalse();
    assertThat(PythonBytecode.isModule(new byte[3])).isFalse();
  }

  @Test
  void whatIsNoModuleIsRefusedWhateverItIs() throws IOException {
    List<byte[]> files = List.copyOf(compiled().values());
    Randomized.forSeeds(
        3000,
        random -> {
          byte[] file = files.get(random.nextInt(files.size()));
          byte[] bad = Arrays.copyOf(file, 17 + random.nextInt(file.length - 16));
          for (int i = random.nextInt(4); i > 0; i--) {
            bad[16 + random.nextInt(bad.length - 16)] = (byte) random.nextInt();
          }
          try {
            assertThat(PythonBytecode.imports(bad)).isNotNull();
          } catch (CorruptException e) {
            assertThat(e).hasMessageContaining("module");
          }
        });
  }

  @Test
  void depthIsBounded() {
    // Code, whose instructions are tuples within tuples.
    int begin = 16 + 1 + 20;
    byte[] nested = new byte[begin + 2 * (MarshalReader.MOST_DEPTH + 10)];
    nested[16] = 'c';
    for (int i = begin; i < nested.length; i += 2) {
      nested[i] = ')';
      nested[i + 1] = 1;
    }
    nested[0] = (byte) 3495;
    nested[1] = 3495 >> 8;
    nested[2] = '\r';
    nested[3] = '\n';
    assertThatThrownBy(() -> PythonBytecode.imports(nested))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("too deeply");
  }
}
