/** Text as it is, which may scroll: so it takes the focus of a keyboard, and has a name. */
export function CodeBlock({ label, children }: { label: string; children: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached without a mouse
    <section className="code-block" aria-label={label} tabIndex={0}>
      <pre>{children}</pre>
    </section>
  );
}
