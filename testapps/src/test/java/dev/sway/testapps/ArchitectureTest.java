package dev.sway.testapps;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.Architectures;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/// Dependencies point one way: against the flow of the data, and never from a library to a program.
final class ArchitectureTest {
  private static final JavaClasses SWAY =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(
              "dev.sway.formats", "dev.sway.blobd", "dev.sway.lazyfsd", "dev.sway.swayctl");

  @Test
  void formatsIsAPureLibrary() {
    noClasses()
        .that()
        .resideInAPackage("dev.sway.formats..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.sway.blobd..",
            "dev.sway.lazyfsd..",
            "dev.sway.swayctl..",
            "java.net..",
            "java.nio.channels.spi..",
            "jnr..",
            "ru.serce..",
            "io.helidon..",
            "picocli..")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(ProcessBuilder.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Process.class)
        .check(SWAY);
  }

  @Test
  void formatsFollowsTheFlow() {
    Architectures.LayeredArchitecture flow =
        Architectures.layeredArchitecture().consideringOnlyDependenciesInAnyPackage("dev.sway..");
    // Each may use those before it.
    List<List<String>> steps =
        List.of(
            List.of("id", "failure", "stream"),
            List.of("tar"),
            List.of("layer"),
            // A source has a run configuration, which the manifest defines.
            List.of("manifest"),
            List.of("source", "tree"),
            List.of("chunk"),
            List.of("pack", "index"),
            List.of("image", "read"),
            List.of("trace"),
            List.of("profile"),
            List.of("hot"));
    for (List<String> step : steps) {
      flow = flow.layer(step.getFirst()).definedBy(packages(step));
    }
    flow =
        flow.layer("programs")
            .definedBy("dev.sway.blobd..", "dev.sway.lazyfsd..", "dev.sway.swayctl..");
    for (int i = 0; i < steps.size(); i++) {
      String[] later =
          java.util.stream.Stream.concat(
                  steps.subList(i + 1, steps.size()).stream().map(List::getFirst),
                  java.util.stream.Stream.of("programs"))
              .toArray(String[]::new);
      flow = flow.whereLayer(steps.get(i).getFirst()).mayOnlyBeAccessedByLayers(later);
    }
    flow.check(SWAY);
  }

  private static String[] packages(List<String> names) {
    return names.stream().map(name -> "dev.sway.formats." + name + "..").toArray(String[]::new);
  }

  @Test
  void noPackagesDependOnEachOtherInACircle() {
    for (String module : List.of("formats", "blobd", "lazyfsd", "swayctl")) {
      slices().matching("dev.sway." + module + ".(**)").should().beFreeOfCycles().check(SWAY);
    }
  }

  @Test
  void programsUseOnlyWhatOthersOffer() {
    noClasses()
        .that()
        .resideInAPackage("dev.sway.blobd..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sway.lazyfsd..", "dev.sway.swayctl..")
        .check(SWAY);
    noClasses()
        .that()
        .resideInAnyPackage("dev.sway.lazyfsd..", "dev.sway.swayctl..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sway.blobd", "dev.sway.blobd.server..", "dev.sway.blobd.store..")
        .check(SWAY);
    noClasses()
        .that()
        .resideInAPackage("dev.sway.lazyfsd..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.sway.swayctl..")
        .check(SWAY);
    classes()
        .that()
        .resideInAPackage("dev.sway.lazyfsd..")
        .and()
        .resideOutsideOfPackages("dev.sway.lazyfsd.api..", "dev.sway.lazyfsd.client..")
        .should()
        .onlyBeAccessed()
        .byClassesThat(
            DescribedPredicate.not(JavaClass.Predicates.resideInAPackage("dev.sway.swayctl..")))
        .check(SWAY);
  }

  @Test
  void viewAndRunsKnowNothingOfATransport() {
    noClasses()
        .that()
        .resideInAPackage("dev.sway.lazyfsd.view..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.sway.lazyfsd.fuse..", "dev.sway.lazyfsd.run..", "jnr..", "ru.serce..")
        .check(SWAY);
    noClasses()
        .that()
        .resideInAPackage("dev.sway..")
        .and()
        .resideOutsideOfPackages("dev.sway.lazyfsd.fuse.jnr..", "dev.sway.lazyfsd")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.sway.lazyfsd.fuse.jnr..", "jnr..", "ru.serce..")
        .check(SWAY);
  }

  @Test
  void everyClassIsNullMarked() {
    classes()
        .that()
        .resideInAPackage("dev.sway..")
        .should(
            new ArchCondition<>("be in a package that is @NullMarked") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                  events.add(
                      SimpleConditionEvent.violated(
                          type, type.getPackageName() + " is not @NullMarked: " + type.getName()));
                }
              }
            })
        .check(SWAY);
  }
}
