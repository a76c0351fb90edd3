/// What travels between `swayctl run` and a worker (step 11 of the flow): the records of lazyfsd's
/// HTTP API.
@NullMarked
package dev.sway.lazyfsd.api;

import org.jspecify.annotations.NullMarked;
