@NullMarked
package dev.sway.lazyfsd.source.http;

import org.jspecify.annotations.NullMarked;
