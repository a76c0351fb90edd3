package dev.sway.formats.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.id.Digest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
  private static final Digest A = Digest.of(new byte[] {1});
  private static final Digest B = Digest.of(new byte[] {2});
  private static final Digest C = Digest.of(new byte[] {3});

  private static Manifest manifest() {
    return new Manifest(
        new RunConfig(
            "amd64",
            "linux",
            "1000:1000",
            "/app",
            List.of("PATH=/bin", "EMPTY=", "ODD=\"\\\u00e9\n"),
            List.of("python3"),
            List.of("app.py"),
            Map.of("b", "2", "a", "1"),
            "SIGINT"),
        new Manifest.IndexBlob(A, 10, B, 4096),
        List.of(new Manifest.PackBlob(C, 1000, 3, 2000), new Manifest.PackBlob(B, 10, 1, 20)),
        new Manifest.Source("oci", C),
        new Manifest.Statistics(5, 2, 2020));
  }

  private static String text() {
    return new String(ManifestWriter.write(manifest()), UTF_8);
  }

  private static void assertCorrupt(String text) {
    assertThatThrownBy(() -> ManifestReader.read(text.getBytes(UTF_8), "test"))
        .as(text.length() > 1000 ? "a long text" : text)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("manifest test");
  }

  /// The manifest's text with `old`, which it must contain, replaced.
  private static String with(String old, String replacement) {
    assertThat(text()).contains(old);
    return text().replace(old, replacement);
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    byte[] bytes = ManifestWriter.write(manifest());

    assertThat(ManifestReader.read(bytes, Digest.of(bytes))).isEqualTo(manifest());
    assertThat(ManifestReader.read(bytes, "test").config().labels())
        .containsExactly(Map.entry("a", "1"), Map.entry("b", "2"));
  }

  @Test
  void theEncodingIsThatOfTheSpecification() {
    assertThat(text())
        .isEqualTo(
            "{\"config\":{\"architecture\":\"amd64\",\"cmd\":[\"app.py\"],\"entrypoint\":[\"python3\"],"
                + "\"env\":[\"PATH=/bin\",\"EMPTY=\",\"ODD=\\\"\\\\\u00e9\\n\"],"
                + "\"labels\":{\"a\":\"1\",\"b\":\"2\"},\"os\":\"linux\",\"stopSignal\":\"SIGINT\","
                + "\"user\":\"1000:1000\",\"workingDir\":\"/app\"},\"format\":\"sway-manifest\","
                + "\"index\":{\"contentDigest\":\""
                + B
                + "\",\"contentSize\":4096,\"digest\":\""
                + A
                + "\",\"size\":10},\"packs\":[{\"chunks\":3,\"contentSize\":2000,\"digest\":\""
                + C
                + "\",\"size\":1000},{\"chunks\":1,\"contentSize\":20,\"digest\":\""
                + B
                + "\",\"size\":10}],\"source\":{\"id\":\""
                + C
                + "\",\"transport\":\"oci\"},"
                + "\"statistics\":{\"entries\":5,\"fileBytes\":2020,\"files\":2},\"version\":1}");
  }

  @Test
  void blobsAndBytesAreCounted() {
    assertThat(manifest().blobs()).containsExactly(A, C, B);
    assertThat(manifest().packBytes()).isEqualTo(1010);
  }

  @Test
  void anotherDigestIsCorrupt() {
    byte[] bytes = ManifestWriter.write(manifest());

    assertThatThrownBy(() -> ManifestReader.read(bytes, A))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(A.toString())
        .hasMessageContaining(Digest.of(bytes).toString());
  }

  @Test
  void unknownDuplicateAndMissingMembersAreCorrupt() {
    assertCorrupt(with("\"version\":1", "\"unknown\":1,\"version\":1"));
    assertCorrupt(with("\"os\":", "\"new\":null,\"os\":"));
    assertCorrupt(with("\"version\":1", "\"version\":1,\"version\":1"));
    assertCorrupt(with("\"a\":\"1\"", "\"a\":\"1\",\"a\":\"1\""));
    assertCorrupt(with("\"user\":\"1000:1000\",", ""));
    assertCorrupt(with(",\"size\":10}],", "}],"));
    assertCorrupt(with(",\"version\":1", ""));
    assertCorrupt(with("\"format\":\"sway-manifest\",", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "'\"chunks\":3', '\"chunks\":3.0'",
    "'\"chunks\":3', '\"chunks\":3e0'",
    "'\"chunks\":3', '\"chunks\":\"3\"'",
    "'\"chunks\":3', '\"chunks\":null'",
    "'\"chunks\":3', '\"chunks\":-3'",
    "'\"chunks\":3', '\"chunks\":true'",
    "'\"chunks\":3', '\"chunks\":9999999999'",
    "'\"chunks\":3', '\"chunks\":99999999999999999999999'",
    "'\"size\":1000', '\"size\":1000000000000'",
    "'\"size\":1000', '\"size\":01000'",
    "'\"contentSize\":4096', '\"contentSize\":-1'",
    "'\"entries\":5', '\"entries\":-5'",
    "'\"labels\":{\"a\":\"1\"', '\"labels\":{\"a\":null'",
    "'\"labels\":{\"a\":\"1\"', '\"labels\":{\"a\":1'",
    "'[\"app.py\"]', '[null]'",
    "'[\"app.py\"]', 'null'",
    "'[\"app.py\"]', '\"app.py\"'",
    "'[\"app.py\"]', '[\"app\\u0000\"]'",
    "'[\"app.py\"]', '[\"app\\ud800\"]'",
    "'\"SIGINT\"', '\"\\udfff\"'",
    "'\"a\":\"1\"', '\"\\ud83d\":\"1\"'",
    "'\"transport\":\"oci\"', '\"transport\":\"\\ud83d\"'",
    "'\"/app\"', '\"app\"'",
    "'\"/app\"', '5'",
    "'PATH=/bin', 'PATH'",
    "'PATH=/bin', '=PATH'",
    "'sha256:', 'sha512:'",
    "'sha256:', 'SHA256:'",
    "'\"config\":{', '\"config\":[{'",
    "'\"source\":{', '\"source\":null,\"x\":{'",
    "'sway-manifest', 'other'",
    "'\"version\":1', '\"version\":1.0'",
    "'\"version\":1', '\"version\":\"1\"'",
    "'\"version\":1', '\"version\":null'",
    "'\"version\":1', '\"version\":18446744073709551617'",
  })
  void valuesOutOfTheFormatAreCorrupt(String old, String replacement) {
    assertCorrupt(with(old, replacement));
  }

  @Test
  void everyOtherSpellingOfTheSameIsCorrupt() {
    assertCorrupt(text() + "\n");
    assertCorrupt(" " + text());
    assertCorrupt(with(",", ", "));
    assertCorrupt(with("\u00e9", "\\u00e9"));
    assertCorrupt(with("\"a\":\"1\",\"b\":\"2\"", "\"b\":\"2\",\"a\":\"1\""));
    assertCorrupt("\ufeff" + text());
    assertCorrupt(text() + text());
    assertThatThrownBy(() ->
            ManifestReader.read(text().getBytes(java.nio.charset.StandardCharsets.UTF_16), "test"))
        .isInstanceOf(CorruptException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "null", "1", "\"sway-manifest\"", "[]", "{}", "{", "[[[[", "x"})
  void whatIsNoManifestIsCorrupt(String text) {
    assertCorrupt(text);
  }

  @Test
  void otherVersionsAreToldFromDamageEvenWhereTheirMembersDiffer() {
    for (String version : List.of("0", "-1", "2", "2147483648")) {
      String text = "{\"format\":\"sway-manifest\",\"other\":[],\"version\":" + version + "}";
      assertThatThrownBy(() -> ManifestReader.read(text.getBytes(UTF_8), "test"))
          .isInstanceOf(UnsupportedVersionException.class)
          .hasMessageContaining(version.length() > 1 || version.equals("2") ? "too" : "too old");
    }
  }

  @Test
  void hugeAndDeeplyNestedManifestsAreCorrupt() {
    assertCorrupt("[".repeat(100_000));
    assertCorrupt("{\"a\":".repeat(100_000));
    assertCorrupt(" ".repeat(ManifestFormat.MAX_BYTES + 1));
    assertCorrupt(with("\"/app\"", "\"/" + "a".repeat(ManifestFormat.MAX_BYTES) + "\""));
  }

  @Test
  void invalidUtf8IsCorrupt() {
    byte[] bytes = text().getBytes(UTF_8);
    bytes[text().indexOf("app.py")] = (byte) 0xff;

    assertThatThrownBy(() -> ManifestReader.read(bytes, "test"))
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void damageOfAnyKindGivesNoOtherException() {
    byte[] whole = ManifestWriter.write(manifest());
    Randomized.forSeeds(
        3000,
        random -> {
          byte[] damaged =
              Arrays.copyOf(whole, whole.length - random.nextInt(3) * random.nextInt(20));
          for (int i = random.nextInt(4); i > 0; i--) {
            damaged[random.nextInt(damaged.length)] =
                (byte) "\"{}[]:,0-9.e\\u\u0000\u00ff".charAt(random.nextInt(16));
          }
          try {
            Manifest read = ManifestReader.read(damaged, "test");
            assertThat(ManifestWriter.write(read)).isEqualTo(damaged);
          } catch (SwayException e) {
            assertThat(e.getMessage()).contains("manifest test").doesNotContain("\n");
          }
        });
  }

  @Test
  void aRunConfigRefusesWhatNoProcessCanHave() {
    assertThatThrownBy(() -> config("relative", "A=1", "cmd"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> config("/", "novalue", "cmd"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> config("/", "A=1", "nul\0"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> config("/", "A=1", "half \ud83d"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(config("/", "A=1", "whole \ud83d\ude00").cmd()).hasSize(1);
  }

  private static RunConfig config(String workingDir, String env, String cmd) {
    return new RunConfig(
        "", "", "", workingDir, List.of(env), List.of(), List.of(cmd), new HashMap<>(), "");
  }
}
