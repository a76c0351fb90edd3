/// All steps of the flow together: the programs as users start them, on real FUSE, overlayfs and
/// runc, from an archive to the last byte that a container reads or writes.
///
/// `Sway` starts a blob server and a worker in a temporary folder and fails a test that leaves
/// anything behind; `Requirements` says what a machine lacks where a test is skipped.
@NullMarked
package dev.sway.testapps;

import org.jspecify.annotations.NullMarked;
