/// Beneath steps 10 and 11 of the flow, *mount* and *run*: a small process beside the worker that
/// keeps what must outlive it.
///
/// `HolderProtocol` says what the two tell each other, `HolderMain` is the holder's program,
/// `HolderClient` the worker's end. `RunHolder` starts and follows runs there, `Handover` has one
/// worker make room for another.
@NullMarked
package dev.sway.lazyfsd.holder;

import org.jspecify.annotations.NullMarked;
