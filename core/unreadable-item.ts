/**
 * A stored item that this version cannot read: it is damaged, or a newer version wrote it. The message names members,
 * never values.
 */
export class UnreadableItem extends Error {
  override readonly name = 'UnreadableItem';
}
