package dev.sway.lazyfsd;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fuse.FuseProbe;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.fuse.TransportChoice;
import dev.sway.lazyfsd.fuse.jnr.JnrTransport;
import dev.sway.lazyfsd.fuse.kernel.KernelTransport;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The option that says how images are mounted.
final class TransportOption implements TransportChoice {
  private static final System.Logger LOG = System.getLogger(TransportOption.class.getName());

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = {
        "kernel: the FUSE protocol on /dev/fuse itself; jnr: through libfuse 2;",
        "auto: kernel where it works, else jnr. Default: ${DEFAULT-VALUE}."
      })
  private String name = "auto";

  @Override
  public FuseTransport choose(Path point) throws IOException {
    return switch (name) {
      case "kernel" -> proven(new KernelTransport(), point);
      case "jnr" -> proven(JnrTransport.load(), point);
      case "auto" -> first(point);
      default ->
          throw new SwayException(
              FailureKind.USAGE, "--transport '" + name + "' is not one of auto, kernel and jnr");
    };
  }

  private static FuseTransport first(Path point) throws IOException {
    try {
      return proven(new KernelTransport(), point);
    } catch (SwayException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the transport 'kernel' does not work here, libfuse is used: {0}",
          e.getMessage());
      return proven(JnrTransport.load(), point);
    }
  }

  private static FuseTransport proven(FuseTransport transport, Path point) throws IOException {
    FuseProbe.check(transport, point);
    return transport;
  }
}
