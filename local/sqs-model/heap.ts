/** A node of a heap: keep it to remove the item later, from any position. */
export interface HeapNode<Item> {
  readonly key: number;
  readonly item: Item;
  index: number;
}

/**
 * A binary min-heap with removal from the middle in O(log n). A deleted message must be removed at once, or its
 * retention would hold its memory for days.
 */
export class Heap<Item> {
  readonly #nodes: HeapNode<Item>[] = [];

  get size(): number {
    return this.#nodes.length;
  }

  add(key: number, item: Item): HeapNode<Item> {
    const node = { key, item, index: this.#nodes.length };
    this.#nodes.push(node);
    this.#up(node);
    return node;
  }

  peek(): HeapNode<Item> | undefined {
    return this.#nodes[0];
  }

  /** The node at a position in no particular order; position 0 is the smallest. */
  at(index: number): HeapNode<Item> | undefined {
    return this.#nodes[index];
  }

  remove(node: HeapNode<Item>): void {
    const last = this.#nodes.pop();
    if (!last || last === node) return;
    last.index = node.index;
    this.#nodes[last.index] = last;
    this.#up(last);
    this.#down(last);
  }

  #up(node: HeapNode<Item>): void {
    while (node.index > 0) {
      const parent = this.#nodes[(node.index - 1) >> 1];
      if (!parent || parent.key <= node.key) return;
      this.#swap(node, parent);
    }
  }

  #down(node: HeapNode<Item>): void {
    for (;;) {
      const left = this.#nodes[2 * node.index + 1];
      const right = this.#nodes[2 * node.index + 2];
      const child = left && right && right.key < left.key ? right : left;
      if (!child || child.key >= node.key) return;
      this.#swap(child, node);
    }
  }

  #swap(a: HeapNode<Item>, b: HeapNode<Item>): void {
    [a.index, b.index] = [b.index, a.index];
    this.#nodes[a.index] = a;
    this.#nodes[b.index] = b;
  }
}
