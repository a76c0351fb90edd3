package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunRequest;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestRulesTest {
  private static final RunRequest.Work COMMAND = new RunRequest.Command(List.of("true"));

  private static RunRequest args(List<String> args) {
    return new RunRequest("i", new RunRequest.Command(args), List.of(), "", "");
  }

  private static RunRequest script(String name, int length) {
    return new RunRequest(
        "i", new RunRequest.Script(name, new byte[length], List.of()), List.of(), "", "");
  }

  private static RunRequest env(String variable) {
    return new RunRequest("i", COMMAND, List.of(variable), "", "");
  }

  private static RunRequest prefetch(String policy) {
    return new RunRequest("i", COMMAND, List.of(), "", "", policy);
  }

  private static void refused(RunRequest request, String message) {
    assertThatThrownBy(() -> RequestRules.check(request))
        .hasMessageContaining(message)
        .isInstanceOfSatisfying(
            SwayException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(FailureKind.USAGE);
              assertThat(e.getMessage().chars()).allMatch(c -> !Character.isISOControl(c));
            });
  }

  @Test
  void whatLinuxTakesIsTaken() throws SwayException {
    RequestRules.check(args(List.of()));
    RequestRules.check(args(List.of("", "größe", "two\nlines", "\u001b[0m")));
    RequestRules.check(args(Collections.nCopies(150_000, "x")));
    RequestRules.check(args(List.of("x".repeat(131_071))));
    RequestRules.check(env("A=two\nlines"));
    RequestRules.check(env("A="));
    RequestRules.check(script("größe 1.py", LazyfsdApi.MAX_SCRIPT_BYTES));
    RequestRules.check(new RunRequest("i", COMMAND, List.of(), "/a/../b", "odd:user"));
  }

  @Test
  void nulAndHalfCharactersAreRefusedEverywhere() {
    for (String bad : new String[] {"/a\0b=c", "/a\ud800b=c", "/a\udc00=c"}) {
      refused(args(List.of("ok", bad)), "argument");
      refused(env(bad), "environment");
      refused(new RunRequest("i", COMMAND, List.of(), bad, ""), "working directory");
      refused(new RunRequest("i", COMMAND, List.of(), "", bad), "user");
      refused(script(bad.substring(1), 1), "name");
    }
  }

  @Test
  void namesThatAreNoFileNamesAreRefused() {
    for (String name :
        new String[] {
          "", ".", "..", "a/b", "/a", "a\nb", "a\u001b", "a\u0085", "x".repeat(201), "ö".repeat(101)
        }) {
      refused(script(name, 1), "");
    }
  }

  @Test
  void wordsThatExecveRefusesAreRefused() {
    refused(args(List.of("x".repeat(131_072))), "at most 131071");
    refused(env("A=" + "ö".repeat(65_536)), "at most 131071");
    refused(args(Collections.nCopies(160_000, "x")), "more than");
    refused(args(Collections.nCopies(100, "x".repeat(100_000))), "more than");
  }

  @Test
  void policiesThatAreNoneAreRefused() throws SwayException {
    for (String policy : new String[] {"", "off", "overlap", "wait", "record"}) {
      RequestRules.check(prefetch(policy));
    }
    refused(prefetch("sometimes"), "'sometimes'; use off, overlap, wait or record");
    refused(prefetch("a\nb\u001b" + "x".repeat(10_000)), "use off, overlap, wait or record");
  }

  @Test
  void scriptsAndVariablesAndFoldersThatMakeNoSenseAreRefused() {
    refused(script("a.py", LazyfsdApi.MAX_SCRIPT_BYTES + 1), "at most 8388608");
    refused(env("A"), "NAME=VALUE");
    refused(env("=x"), "NAME=VALUE");
    refused(new RunRequest("i", COMMAND, List.of(), "relative", ""), "not absolute");
  }
}
