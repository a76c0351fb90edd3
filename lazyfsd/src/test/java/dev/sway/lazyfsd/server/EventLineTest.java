package dev.sway.lazyfsd.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.fixture.Randomized;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EventLineTest {
  private static void same(RunEvent event) {
    assertThat(new String(EventLine.of(event), StandardCharsets.UTF_8))
        .isEqualTo(new String(WireJson.write(event), StandardCharsets.UTF_8) + "\n");
  }

  @Test
  void outputIsTheJsonOfAllOtherEvents() {
    same(new RunEvent.Alive());
    same(new RunEvent.Started(1, "0123456789ab"));
    same(new RunEvent.Failed(Long.MAX_VALUE, "run", "with \"quotes\""));
    Randomized.forSeeds(
        50,
        random ->
            same(
                new RunEvent.Output(
                    random.nextLong(Long.MAX_VALUE),
                    1 + random.nextInt(2),
                    Randomized.bytes(random, random.nextInt(70_000)))));
    same(new RunEvent.Output(2, 1, new byte[0]));
  }
}
