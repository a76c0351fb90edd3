package dev.sway.formats.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

/// The evidence for docs/design/0001: what Commons Compress does to binary pax values. Should a
/// newer version keep them, this fails, and the decision can be taken again.
class CommonsCompressLossTest {
  /// `cap_net_raw=ep` as `setcap` writes it: VFS_CAP_REVISION_2 with the effective bit.
  private static final byte[] NET_RAW = {
    1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  /// `cap_setgid,cap_setuid,cap_setpcap,cap_linux_immutable+ep` and more: bits above 0x7f.
  private static final byte[] MANY = {
    1, 0, 0, 2, (byte) 0xff, (byte) 0xfd, (byte) 0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  private static TarArchiveEntry commons(byte[] tar) throws IOException {
    return commons(tar, "UTF-8");
  }

  private static TarArchiveEntry commons(byte[] tar, String encoding) throws IOException {
    try (var in = new TarArchiveInputStream(new ByteArrayInputStream(tar), encoding)) {
      return in.getNextEntry();
    }
  }

  private static byte[] withCapability(byte[] value) {
    return new RawTar()
        .pax(RawTar.record("SCHILY.xattr.security.capability", value))
        .file("ping", "")
        .end();
  }

  private static byte[] commonsCapability(byte[] value) throws IOException {
    String text =
        commons(withCapability(value)).getExtraPaxHeader("SCHILY.xattr.security.capability");
    return text.getBytes(UTF_8);
  }

  @Test
  void commonsCompressLosesCapabilitiesWithHighBits() throws IOException {
    assertThat(commonsCapability(NET_RAW)).isEqualTo(NET_RAW);
    assertThat(commonsCapability(MANY)).isNotEqualTo(MANY);
    assertThat(new String(commonsCapability(MANY), UTF_8)).contains("\ufffd");
  }

  @Test
  void ourReaderKeepsThem() throws IOException {
    for (byte[] value : new byte[][] {NET_RAW, MANY}) {
      assertThat(TarReaderTest.headers(withCapability(value)).getFirst().xattrs())
          .containsOnlyKeys(ByteName.of("security.capability"))
          .allSatisfy((name, kept) -> assertThat(kept).isEqualTo(value));
    }
  }

  @Test
  void commonsCompressLosesPaxPathsThatAreNotUtf8() throws IOException {
    byte[] path = RawTar.bytes("caf\u00e9/" + "x".repeat(120));
    byte[] tar = new RawTar().pax(RawTar.record("path", path)).file("short", "").end();

    assertThat(commons(tar).getName().getBytes(UTF_8)).isNotEqualTo(path);
    assertThat(commons(tar).getName()).contains("\ufffd");
    assertThat(new String(path, ISO_8859_1)).contains("\u00e9");
    assertThat(TarReaderTest.headers(tar).getFirst().path()).isEqualTo(ByteName.of(path));
  }

  @Test
  void anotherEncodingDoesNotSaveThem() throws IOException {
    String capability =
        commons(withCapability(MANY), "ISO-8859-1")
            .getExtraPaxHeader("SCHILY.xattr.security.capability");

    assertThat(capability).contains("\ufffd");
    assertThat(capability.getBytes(ISO_8859_1)).isNotEqualTo(MANY);
  }
}
