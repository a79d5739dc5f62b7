/** A function was given what it does not take. The message names types and functions, never what the envelope holds. */
export class TypeFault extends Error {
  override name = 'TypeFault';
}

/** An evaluation has done more than its envelope allows. */
export class BoundExceeded extends Error {
  override name = 'BoundExceeded';
}

/** An evaluation was ended before it came to anything: it is to be done elsewhere. */
export class Stopped extends Error {
  override name = 'Stopped';
}

/** An expression that is not JMESPath. The message says why, in a sentence without its full stop. */
export class NotAnExpression extends Error {
  override name = 'NotAnExpression';
}
