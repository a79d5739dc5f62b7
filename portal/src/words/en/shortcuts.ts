/** The keyboard's shortcuts. */
export const shortcuts = {
  shortcuts: {
    title: 'Keyboard shortcuts',
    use: 'Use shortcuts of single keys',
    off: 'Switch them off if you speak to your computer, or press keys by accident.',
    list: [
      ['/', 'To the first filter that is typed'],
      ['g e', 'To the endpoints'],
      ['g d', 'To the deliveries'],
      ['?', 'This list'],
      ['Esc', 'Close a pane or dialog'],
    ] as readonly (readonly [string, string])[],
  },
};
