/// Step 1 of the flow, *build*: a Dockerfile becomes an image archive, through whichever of docker,
/// buildah and podman works on this machine; an image in a registry becomes an OCI layout, through
/// skopeo.
@NullMarked
package dev.sway.swayctl.builder;

import org.jspecify.annotations.NullMarked;
