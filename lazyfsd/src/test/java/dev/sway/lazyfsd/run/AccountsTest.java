package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountsTest {
  private static final String PASSWD =
      """
      root:x:0:0:root:/root:/bin/sh
      app:x:1000:1001:An App:/home/app:/bin/sh
      odd:x:not-a-number:5::/:/bin/sh
      big:x:4294967295:5::/:/bin/sh
      oddgroup:x:7:-1::relative:/bin/sh
      short:x:8
      1234:x:77:78::/named:/bin/sh
      """;
  private static final String GROUP =
      """
      root:x:0:
      app:x:1001:
      video:x:44:app,root
      audio:x:29:nobody,app
      odd:x:99999999999:
      """;

  @TempDir Path folder;

  private Accounts.Identity find(String user) throws IOException {
    return find(user, new TestImage(folder).file("/etc/passwd", PASSWD).file("/etc/group", GROUP));
  }

  private Accounts.Identity find(String user, TestImage image) throws IOException {
    try (FixedView view = new FixedView(image, folder)) {
      return Accounts.of(new ImagePaths(view.view())).find(user);
    }
  }

  @Test
  void namesAndNumbersAreFoundInTheImage() throws IOException {
    assertThat(find("app"))
        .isEqualTo(new Accounts.Identity(1000, 1001, List.of(1001L, 44L, 29L), "/home/app"));
    assertThat(find("1000").home()).isEqualTo("/home/app");
    assertThat(find(""))
        .satisfies(root -> {
          assertThat(root.uid()).isZero();
          assertThat(root.home()).isEqualTo("/root");
        });
    assertThat(find("app:video").gid()).isEqualTo(44);
    assertThat(find("app:7").gid()).isEqualTo(7);
    assertThat(find("5000:5001"))
        .satisfies(stranger -> {
          assertThat(stranger.uid()).isEqualTo(5000);
          assertThat(stranger.gid()).isEqualTo(5001);
          assertThat(stranger.home()).isEqualTo("/");
        });
    assertThat(find("5000").gid()).isZero();
    assertThat(find("1234").uid()).as("a name goes before a number").isEqualTo(77);
    assertThat(find("oddgroup:0").home()).as("a relative home is none").isEqualTo("/");
  }

  @Test
  void whatIsNoNumberNeverBecomesRoot() {
    for (String user :
        new String[] {
          "odd",
          "big",
          "oddgroup",
          "short",
          "nobody",
          "app:nobody",
          "app:odd",
          "-1",
          "4294967295",
          "99999999999",
          "a:b:c",
          "app\n",
          " app",
          "\u0663"
        }) {
      assertThatThrownBy(() -> find(user))
          .as(user)
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.RUN));
    }
  }

  @Test
  void imageWithoutAccountsKnowsNumbersOnly() throws IOException {
    TestImage none = new TestImage(folder).directory("/etc/passwd").fifo("/etc/group");
    assertThat(find("0", none)).isEqualTo(new Accounts.Identity(0, 0, List.of(0L), "/"));
    assertThatThrownBy(() -> find("root", none)).isInstanceOf(SwayException.class);
  }

  @Test
  void passwdIsReadInsideTheImageAndUpToABound() throws IOException {
    TestImage image =
        new TestImage(folder)
            .symlink("/etc/passwd", "../../../../../../real/passwd")
            .file("/real/passwd", PASSWD);
    assertThat(find("app", image).uid()).isEqualTo(1000);
    TestImage huge =
        new TestImage(folder)
            .file("/etc/passwd", "x:x:1:1::/:/\n".repeat(200_000) + "late:x:5:5::/:/\n");
    assertThatThrownBy(() -> find("late", huge)).isInstanceOf(SwayException.class);
  }
}
