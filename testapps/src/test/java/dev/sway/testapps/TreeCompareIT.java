package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A mounted image is, to the last bit that a process can see, the tree that was exported.
@Timeout(1800)
final class TreeCompareIT {
  /// Everything that a Linux file system can hold and archives carry.
  private static final String ODD_TREE =
      """
      long=$(printf 'n%.0s' {1..255})
      mkdir -p plain/sub deep many names links times attributes
      echo 'same everywhere' >plain/file
      : >plain/empty
      mkdir plain/empty-folder
      dd if=/dev/urandom of=plain/large bs=1M count=5 status=none
      truncate -s 3M plain/zeros
      head -c 65535 /dev/urandom >plain/below-64k
      head -c 65536 /dev/urandom >plain/at-64k
      head -c 65537 /dev/urandom >plain/above-64k

      touch "names/$long" $'names/latin1-\\xe9\\xff' $'names/new\\nline' $'names/tab\\t and  spaces'
      touch 'names/back\\slash' names/-dash names/.hidden 'names/quote"'"'" 'names/ü-ж-字-😀' $'names/\\x01'
      echo content >$'names/\\xfe\\xfd'
      mkdir $'names/folder-\\xff' && echo inner >$'names/folder-\\xff/inner-\\x80'
      touch 'names/.wh' 'names/wh.file'

      chmod 4755 plain/file
      cp plain/file attributes/setgid && chmod 2710 attributes/setgid
      mkdir attributes/sticky && chmod 1777 attributes/sticky
      mkdir attributes/closed && chmod 0 attributes/closed
      cp plain/file attributes/nobody && chmod 0 attributes/nobody
      cp plain/file attributes/owned && chown 4294967294:4294967293 attributes/owned
      cp plain/file attributes/user && chown 65534:100 attributes/user
      cp plain/file attributes/capable
      setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 attributes/capable
      cp plain/file attributes/xattrs
      setfattr -n user.text -v 'hello' attributes/xattrs
      setfattr -n user.empty attributes/xattrs
      setfattr -n user.binary -v 0x00ff0a3d00 attributes/xattrs
      setfattr -n user.long -v "$long$long$long" attributes/xattrs
      setfattr -n trusted.mine -v secret attributes/xattrs
      setfattr -n user.on-folder -v 1 attributes/sticky
      # user::rw- user:1000:rw- group::r-- mask::rw- other::---, as the kernel keeps it
      acl=0x0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000000ffffffff
      cp plain/file attributes/acl && setfattr -n system.posix_acl_access -v $acl attributes/acl
      mkdir attributes/acl-folder && setfattr -n system.posix_acl_default -v $acl attributes/acl-folder
      mkfifo attributes/fifo
      mknod attributes/null c 1 3
      mknod attributes/large-numbers c 4095 1048575
      mknod attributes/block b 7 300

      ln -s plain/file links/relative
      ln -s /no/such/place links/dangling
      ln -s loop links/loop
      ln -s "$(printf 'long/%.0s' {1..800})end" links/long
      ln -s $'\\xff\\xfe' links/latin1
      ln plain/sub/../file plain/sub/hard
      ln plain/file links/hard
      ln plain/empty links/empty
      ln -P links/dangling plain/sub/hard-symlink

      (cd deep && for i in {1..100}; do mkdir "level-$i" && cd "level-$i"; done && echo bottom >file)
      (cd many && seq -f 'file-%05g' 10000 | xargs touch -d '2020-02-02 02:02:02.222222222')

      touch -d '2001-09-09 01:46:40.123456789 UTC' times/nanos
      touch -d '1969-12-31 23:59:58.25 UTC' times/negative
      touch -d '1930-01-01 00:00:00 UTC' times/far-negative
      touch -d '1970-01-01 00:00:00 UTC' times/zero
      touch -d '2200-01-01 00:00:00.000000001 UTC' times/future
      touch -h -d '2005-05-05 05:05:05.5 UTC' links/relative
      touch -d '2003-03-03 03:03:03.3 UTC' names times plain/sub .
      """;

  @Test
  void mountOfAnOddTreeIsTheUnpackedTree(@TempDir Path folder) throws Exception {
    Requirements.runs();
    Path tree = Files.createDirectories(folder.resolve("tree"));
    Shell.bash(tree, ODD_TREE);
    Path tar = TestImages.tar(tree, folder.resolve("odd.tar"));
    TreeListing original = TreeListing.of(tree);
    assertThat(original.size()).isGreaterThan(10_150);
    TreeListing unpacked = TreeListing.of(TestImages.unpack(tar, folder.resolve("unpacked")));
    assertThat(unpacked.differences(original)).as("tar itself lost something").isEmpty();
    compare(folder.resolve("sway"), "tar:" + tar, original);
    compare(folder.resolve("sway-rootfs"), "rootfs:" + tree, original);
  }

  @ParameterizedTest
  @EnumSource
  void mountOfARealImageIsTheUnpackedTar(Requirements.RealImage image, @TempDir Path folder)
      throws Exception {
    Requirements.runs();
    Path tar = Requirements.tar(image);
    TreeListing listing;
    try {
      listing = TreeListing.of(TestImages.unpack(tar, folder.resolve("tree")));
    } finally {
      Shell.bash(folder, "rm -rf --one-file-system tree");
    }
    assertThat(listing.size()).isGreaterThan(image.entries());
    assertThat(listing.at(image.program())).isNotEmpty();
    compare(folder.resolve("sway"), "tar:" + tar, listing);
  }

  @Test
  void accessControlListsAreShownAndComeBackAndDecide(@TempDir Path folder) throws Exception {
    Requirements.runs();
    Path tree = Files.createDirectories(folder.resolve("tree"));
    Shell.bash(
        tree,
        """
        # user::rw- user:55555:rw- group::r-- mask::rw- other::---; a user with a name would be
        # named in a text
        acl=0x0200000001000600ffffffff0200060003d9000004000400ffffffff10000600ffffffff20000000ffffffff
        echo listed >file && setfattr -n system.posix_acl_access -v $acl file
        mkdir folder && setfattr -n system.posix_acl_default -v $acl folder
        """);
    String reading = "setpriv --reuid 55555 --regid 55555 --clear-groups cat file";
    assertThat(Shell.bash(tree, reading).out()).isEqualTo("listed\n");
    TreeListing original = TreeListing.of(tree);
    assertThat(original.at("./file")).contains("mode=100660", "system.posix_acl_access=0x0200");
    try (Sway sway = new Sway(Files.createDirectory(folder.resolve("sway")))) {
      sway.startBlobd();
      sway.export("rootfs:" + tree, "image");
      Path point = folder.resolve("sway/point");
      Child mount = sway.mount("image", point, "state");
      assertThat(TreeListing.of(point).differences(original)).isEmpty();
      assertThat(Shell.bash(point, reading).out()).isEqualTo("listed\n");
      Sway.end(mount);

      Path tar = folder.resolve("back.tar");
      sway.ctl("image", "export-tar", "image", "-o", tar).expect(0);
      TreeListing back = TreeListing.of(TestImages.unpack(tar, folder.resolve("back")));
      assertThat(back.differences(original)).isEmpty();
      Shell.bash(tree, "tar --acls -cpf ../text.tar .");
      sway.export("tar:" + folder.resolve("text.tar"), "text");
      assertThat(sway.ctl("image", "diff", "image", "text").expect(0).out())
          .doesNotContain("xattrs");
    }
  }

  /// On each transport, one after the other: both read through a cache of their own.
  private static void compare(Path folder, String source, TreeListing expected)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    try (Sway sway = new Sway(folder).compiledAsInstalled()) {
      sway.startBlobd();
      sway.export(source, "image");
      for (String transport : List.of("kernel", "jnr")) {
        Path point = folder.resolve("point-" + transport);
        Child mount = sway.mount("image", point, "state-" + transport, "--transport", transport);
        TreeListing actual = TreeListing.of(point);
        assertThat(actual.differences(expected)).as(transport).isEmpty();
        assertThat(actual.size()).isEqualTo(expected.size());
        assertThat(mount.err()).isEmpty();
        Sway.end(mount);
      }
    }
  }
}
