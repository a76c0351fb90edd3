package dev.sway.formats.tar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.CommonsTar;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;

class TarReaderTest {
  private static TarReader reader(byte[] tar) {
    return new TarReader(new ByteArrayInputStream(tar), "test.tar");
  }

  static List<TarHeader> headers(byte[] tar) throws IOException {
    List<TarHeader> headers = new ArrayList<>();
    TarReader reader = reader(tar);
    reader.next().ifPresent(headers::add);
    for (int i = 0; i < headers.size(); i++) {
      reader.next().ifPresent(headers::add);
    }
    return headers;
  }

  private static TarHeader only(byte[] tar) throws IOException {
    List<TarHeader> headers = headers(tar);
    assertThat(headers).hasSize(1);
    return headers.getFirst();
  }

  @Test
  void everyKindOfEntryOfAnIndependentWriterIsRead() throws IOException {
    TarArchiveEntry device = CommonsTar.entry("dev/null", TarConstants.LF_CHR);
    device.setDevMajor(1);
    device.setDevMinor(3);
    byte[] tar =
        CommonsTar.pax()
            .directory("d")
            .file("d/file", "content")
            .symlink("d/soft", "../elsewhere")
            .hardLink("d/hard", "d/file")
            .add(device, new byte[0])
            .add(CommonsTar.entry("fifo", TarConstants.LF_FIFO), new byte[0])
            .end();

    List<TarHeader> headers = headers(tar);

    assertThat(headers)
        .extracting(header -> header.type() + " " + header.path() + " " + header.linkPath())
        .containsExactly(
            "5 d/ ",
            "0 d/file ",
            "2 d/soft ../elsewhere",
            "1 d/hard d/file",
            "3 dev/null ",
            "6 fifo ");
    assertThat(headers.get(1).size()).isEqualTo(7);
    assertThat(headers.get(1).mode()).isEqualTo(0644);
    assertThat(headers.get(1).mtimeSeconds()).isEqualTo(CommonsTar.MTIME.getEpochSecond());
    assertThat(headers.get(1).mtimeNanos()).isEqualTo(CommonsTar.MTIME.getNano());
    assertThat(headers.get(4).deviceMajor()).isEqualTo(1);
    assertThat(headers.get(4).deviceMinor()).isEqualTo(3);
  }

  @Test
  void contentIsReadWhereItsOffsetSays() throws IOException {
    byte[] tar = CommonsTar.pax().file("a", "x".repeat(1000)).file("b", "the second").end();
    TarReader reader = reader(tar);
    reader.next();
    TarHeader second = reader.next().orElseThrow();

    byte[] content = new byte[100];
    assertThat(reader.read(content, 0, 100)).isEqualTo(10);
    assertThat(new String(content, 0, 10, UTF_8)).isEqualTo("the second");
    assertThat(reader.read(content, 0, 100)).isEqualTo(-1);
    assertThat(new String(tar, (int) second.contentOffset(), 10, UTF_8)).isEqualTo("the second");
  }

  @Test
  void nanosecondsSurvive() throws IOException {
    TarHeader header = only(new RawTar().pax("mtime", "1600000000.123456789").file("f", "").end());

    assertThat(header.mtimeSeconds()).isEqualTo(1_600_000_000);
    assertThat(header.mtimeNanos()).isEqualTo(123_456_789);
  }

  @Test
  void timesBefore1970AreRoundedDownToTheSecondBefore() throws IOException {
    TarArchiveEntry entry = CommonsTar.entry("f", TarConstants.LF_NORMAL);
    entry.setLastModifiedTime(FileTime.from(Instant.ofEpochSecond(-2, 750_000_000)));

    TarHeader header = only(CommonsTar.pax().add(entry, new byte[0]).end());

    assertThat(header.mtimeSeconds()).isEqualTo(-2);
    assertThat(header.mtimeNanos()).isEqualTo(750_000_000);
  }

  @Test
  void digitsBeyondNanosecondsAreCutOff() throws IOException {
    TarHeader header = only(new RawTar().pax("mtime", "12.3456789019").file("f", "").end());

    assertThat(header.mtimeSeconds()).isEqualTo(12);
    assertThat(header.mtimeNanos()).isEqualTo(345_678_901);
  }

  @Test
  void pathsOfAnyLengthAreReadInPaxAndInGnuForm() throws IOException {
    String path = "directory/".repeat(40) + "file";
    String target = "../".repeat(60) + "target";

    assertThat(headers(CommonsTar.pax().file(path, "").symlink("s", target).end()))
        .extracting(header -> header.path() + " " + header.linkPath())
        .containsExactly(path + " ", "s " + target);
    assertThat(headers(CommonsTar.gnu().file(path, "").symlink("s", target).end()))
        .extracting(header -> header.path() + " " + header.linkPath())
        .containsExactly(path + " ", "s " + target);
  }

  @Test
  void longNamesDescribeTheNextEntryOnly() throws IOException {
    byte[] tar = CommonsTar.gnu().file("long/".repeat(30), "").file("short", "").end();

    assertThat(headers(tar).getLast().path()).isEqualTo(ByteName.of("short"));
  }

  @Test
  void binaryXattrValuesSurvive() throws IOException {
    byte[] capability = {1, 0, 0, 2, (byte) 0xff, '\n', 0, (byte) 0xc3, '=', 0x28, 0, 0, 0};
    byte[] tar =
        new RawTar()
            .pax(
                RawTar.record("SCHILY.xattr.security.capability", capability),
                RawTar.record("SCHILY.xattr.user.empty", new byte[0]))
            .file("ping", "")
            .end();

    var xattrs = only(tar).xattrs();
    assertThat(xattrs.get(ByteName.of("security.capability"))).isEqualTo(capability);
    assertThat(xattrs.get(ByteName.of("user.empty"))).isEmpty();
  }

  @Test
  void namesThatAreNotUtf8Survive() throws IOException {
    byte[] name = {'a', (byte) 0xff, (byte) 0xfe, 'z'};
    byte[] tar =
        new RawTar()
            .add(RawTar.header(name, '0'))
            .pax(RawTar.record("path", name), RawTar.record("linkpath", name))
            .add(RawTar.header("x", '2').link("y"))
            .end();

    assertThat(headers(tar)).extracting(TarHeader::path).containsOnly(ByteName.of(name));
    assertThat(headers(tar).getLast().linkPath()).isEqualTo(ByteName.of(name));
  }

  @Test
  void ownersAndSizesBeyondTheirOctalFieldsAreRead() throws IOException {
    byte[] content = new byte[600];
    byte[] tar =
        new RawTar()
            .pax(
                RawTar.record("uid", RawTar.bytes("4294967294")),
                RawTar.record("gid", RawTar.bytes("3000000000")),
                RawTar.record("size", RawTar.bytes("600")))
            .add(RawTar.header("f", '0').size(0))
            .raw(new byte[1024])
            .add(RawTar.header("g", '0').base256(108, 8, 0xFFFF_FFFFL).base256(124, 12, 600))
            .raw(content)
            .raw(new byte[1024 - 600])
            .file("h", "")
            .end();

    List<TarHeader> headers = headers(tar);
    assertThat(headers).extracting(TarHeader::size).containsExactly(600L, 600L, 0L);
    assertThat(headers.getFirst().uid()).isEqualTo(-2);
    assertThat(Integer.toUnsignedLong(headers.getFirst().gid())).isEqualTo(3_000_000_000L);
    assertThat(headers.get(1).uid()).isEqualTo(-1);
  }

  @Test
  void negativeBase256TimesAreRead() throws IOException {
    TarHeader header = only(new RawTar().add(RawTar.header("f", '0').base256(136, 12, -5)).end());

    assertThat(header.mtimeSeconds()).isEqualTo(-5);
  }

  @Test
  void prefixGoesBeforeTheNameInPosixHeadersOnly() throws IOException {
    RawTar.Header gnu = RawTar.header("name", '0').put(257, "ustar  \0").put(345, "atime");
    byte[] tar =
        new RawTar().add(RawTar.header("name", '0').put(345, "some/prefix")).add(gnu).end();

    assertThat(headers(tar))
        .extracting(header -> header.path().toString())
        .containsExactly("some/prefix/name", "name");
  }

  @Test
  void namesThatFillTheirFieldNeedNoNul() throws IOException {
    String name = "n".repeat(100);
    String prefix = "p".repeat(155);
    byte[] tar = new RawTar().add(RawTar.header(name, '0').put(345, prefix)).end();

    assertThat(only(tar).path()).isEqualTo(ByteName.of(prefix + "/" + name));
  }

  @Test
  void headersBeforePosixAreRead() throws IOException {
    RawTar.Header v7 = RawTar.header("old", '\0').put(257, new byte[8]).put(345, "garbage");
    byte[] tar = new RawTar().add(v7, RawTar.bytes("content")).end();

    TarHeader header = only(tar);
    assertThat(header.path()).isEqualTo(ByteName.of("old"));
    assertThat(header.isFile()).isTrue();
    assertThat(header.size()).isEqualTo(7);
  }

  @Test
  void globalRecordsHoldUntilTheyAreReplacedOrTakenAway() throws IOException {
    byte[] tar =
        new RawTar()
            .globalPax("uid", "7")
            .file("a", "")
            .pax("uid", "8")
            .file("b", "")
            .file("c", "")
            .globalPax("uid", "")
            .file("d", "")
            .end();

    assertThat(headers(tar)).extracting(TarHeader::uid).containsExactly(7, 8, 7, 0);
  }

  @Test
  void whatFollowsTheEndMarkerIsIgnored() throws IOException {
    byte[] tar = RawTar.join(new RawTar().file("f", "").end(), RawTar.bytes("anything"));
    TarReader reader = reader(tar);
    reader.next();

    assertThat(reader.next()).isEmpty();
    reader.drain();
  }

  @Test
  void anArchiveOfZerosIsEmpty() throws IOException {
    assertThat(headers(new byte[10240])).isEmpty();
  }

  @Test
  void linksAndDirectoriesHaveNoContentWhateverTheirSize() throws IOException {
    byte[] tar =
        new RawTar()
            .add(RawTar.header("l", '1').link("f").size(5000))
            .add(RawTar.header("d/", '5').size(1_000_000))
            .file("f", "x")
            .end();

    assertThat(headers(tar)).hasSize(3);
  }

  @Test
  void base256NumbersOfEverySizeAndSignAreRead() {
    Randomized.forSeeds(
        300,
        random -> {
          long value = randomMagnitude(random);
          byte[] block =
              new RawTar().add(RawTar.header("f", '0').base256(136, 12, value)).unended();

          assertThat(TarNumber.parse(block, 136, 12)).hasValue(value);
        });
  }

  private static long randomMagnitude(Random random) {
    return random.nextLong() >> random.nextInt(64);
  }
}
