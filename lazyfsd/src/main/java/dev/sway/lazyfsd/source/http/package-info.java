/// Step 10 of the flow, *mount*, below its sources: one range of a blob over HTTP/1.1, for as
/// little CPU as it takes.
@NullMarked
package dev.sway.lazyfsd.source.http;

import org.jspecify.annotations.NullMarked;
