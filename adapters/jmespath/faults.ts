/**
 * A function got an argument it does not accept. The message names types and functions, never values of the envelope.
 */
export class TypeFault extends Error {
  override name = 'TypeFault';
}

/** An evaluation took more steps than its envelope allows. */
export class BoundExceeded extends Error {
  override name = 'BoundExceeded';
}

/** An evaluation was stopped without a result: it must be done in the other thread. */
export class Stopped extends Error {
  override name = 'Stopped';
}

/** An expression that is not JMESPath. The message says why, in a sentence without its full stop. */
export class NotAnExpression extends Error {
  override name = 'NotAnExpression';
}
