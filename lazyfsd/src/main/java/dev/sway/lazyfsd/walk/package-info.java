/// Walks of whole trees, such as find(1)'s, helped along: where a process lists one directory after
/// another, the others are listed meanwhile, beginning at the tree's other end.
@NullMarked
package dev.sway.lazyfsd.walk;

import org.jspecify.annotations.NullMarked;
