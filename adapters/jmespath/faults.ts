/** A function was given what it does not take. The message names types and functions, never what the envelope holds. */
export class TypeFault extends Error {
  override name = 'TypeFault';
}

/** An evaluation has done more than its envelope allows. */
export class BoundExceeded extends Error {
  override name = 'BoundExceeded';
}
