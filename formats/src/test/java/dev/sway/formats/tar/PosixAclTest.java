package dev.sway.formats.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HexFormat;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The values are what Linux answers for lists that `setfacl` made of the same text.
class PosixAclTest {
  private static final ByteName ACCESS = ByteName.of("system.posix_acl_access");
  private static final ByteName DEFAULT = ByteName.of("system.posix_acl_default");
  private static final String LIST =
      "user::rw-\nuser:1000:r-x\ngroup::r--\ngroup:7:-w-\nmask::rw-\nother::---\n";
  private static final String VALUE =
      "02000000"
          + "01000600ffffffff"
          + "02000500e8030000"
          + "04000400ffffffff"
          + "0800020007000000"
          + "10000600ffffffff"
          + "20000000ffffffff";

  private static SortedMap<ByteName, byte[]> xattrs(RawTar tar) throws IOException {
    return new TarReader(new ByteArrayInputStream(tar.file("f", "").end()), "test")
        .next()
        .orElseThrow()
        .xattrs();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        LIST,
        "u::rw-,u:worker:r-x:1000,g::r--,g:7:-w-,m::rw-,o::---",
        "other::---,mask::rw-,group:7:-w-,group::r--,user:1000:r-x,user::rw- #effective"
      })
  void textIsWhatLinuxKeeps(String text) throws IOException {
    SortedMap<ByteName, byte[]> xattrs = xattrs(new RawTar().pax("SCHILY.acl.access", text));
    assertThat(xattrs).containsOnlyKeys(ACCESS);
    assertThat(HexFormat.of().formatHex(xattrs.get(ACCESS))).isEqualTo(VALUE);
    assertThat(xattrs(new RawTar().pax("SCHILY.acl.default", text))).containsOnlyKeys(DEFAULT);
  }

  @Test
  void aListThatSaysWhatTheModeSaysIsNone() throws IOException {
    assertThat(xattrs(new RawTar().pax("SCHILY.acl.access", "user::rw-\ngroup::r--\nother::---\n")))
        .isEmpty();
  }

  @Test
  void theBinaryValueIsTakenWhereATarHasBoth() throws IOException {
    byte[] binary = HexFormat.of().parseHex(VALUE);
    byte[] record = RawTar.record("SCHILY.xattr.system.posix_acl_access", binary);
    byte[] text = RawTar.record("SCHILY.acl.access", RawTar.bytes("user:nobody:rwx"));
    assertThat(xattrs(new RawTar().pax(text, record)).get(ACCESS)).isEqualTo(binary);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "user",
        "user::rw",
        "user::rw-:1:2",
        "user::wr-",
        "someone::rw-",
        "user:1:r--\nuser:1:rw-",
        "user:99999999999:r--",
        "user:4294967296:r--",
        "user:-1:r--",
        "user:1:r--:x"
      })
  void whatIsNoListIsRefused(String text) {
    assertThatThrownBy(() -> xattrs(new RawTar().pax("SCHILY.acl.access", text)))
        .isInstanceOf(BadArchiveException.class);
  }

  @Test
  void aNameWithoutItsNumberIsRefusedWithARemedy() {
    assertThatThrownBy(() -> xattrs(new RawTar().pax("SCHILY.acl.access", "user:worker:r--")))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("--xattrs-include");
  }
}
