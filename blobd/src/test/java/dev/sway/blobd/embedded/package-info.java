@NullMarked
package dev.sway.blobd.embedded;

import org.jspecify.annotations.NullMarked;
