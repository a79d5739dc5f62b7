import { describe, expect, it } from 'vitest';
import { contrastOf } from '../../../core/portal-settings/contrast.ts';
import { LOGO_BYTES_MAX, portalSettingsInput } from '../../../core/portal-settings/settings.ts';

/** What is wrong, by path. */
function faults(input: object): Record<string, string> {
  const issues = portalSettingsInput.safeParse(input).error?.issues ?? [];
  return Object.fromEntries(issues.map(({ path, message }) => [path.join('.'), message]));
}
const uri = (kind: string, bytes: Buffer) => `data:image/${kind};base64,${bytes.toString('base64')}`;
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const JPEG = Buffer.from('ffd8ffe0', 'hex');
const WEBP = Buffer.from('RIFF\u0004\u0000\u0000\u0000WEBP', 'latin1');

describe('the contrast of two colours', () => {
  // The values of the W3C's own examples, and of WebAIM's checker.
  it.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#ffffff', 1],
    ['#777777', '#ffffff', 4.48],
    ['#767676', '#ffffff', 4.54],
    ['#ff0000', '#ffffff', 4],
    ['#0000ff', '#ffffff', 8.59],
  ])('of %s and %s is %d to 1, whichever is first', (one, other, ratio) => {
    expect(contrastOf(one, other)).toBeCloseTo(ratio, 2);
    expect(contrastOf(other, one)).toBe(contrastOf(one, other));
  });
});

describe('brand colours', () => {
  const colours = (light: string, dark = '#8ea5ff') => faults({ brand_color: { light, dark } });

  it('are taken if text can be read in both themes', () => {
    expect(colours('#3b5bdb')).toEqual({});
    expect(colours('#767676', '#FFFFFF')).toEqual({});
  });

  it('are refused below 4.5:1, with the ratio and what to do', () => {
    expect(colours('#777777')).toEqual({
      'brand_color.light': 'Its contrast with #ffffff is 4.47:1, and text needs 4.5:1: use a darker one.',
    });
    expect(colours('#3b5bdb', '#3b5bdb')['brand_color.dark']).toMatch(
      /^Its contrast with #1d1f24 is 2\.\d\d:1, and text needs 4\.5:1: use a lighter one\.$/,
    );
  });

  it.each(['red', '#fff', '#3b5bdb00', 'url(https://example.com)', '#3b5bdg'])('are never %s', (colour) => {
    expect(colours(colour)).toEqual({ 'brand_color.light': 'Use a colour such as #3b5bdb.' });
  });
});

describe('a logo', () => {
  it.each([
    ['png', PNG],
    ['jpeg', JPEG],
    ['webp', WEBP],
  ])('is a %s image', (kind, bytes) => {
    expect(faults({ logo: uri(kind, bytes) })).toEqual({});
  });

  it.each([
    'https://example.com/logo.png',
    'data:image/svg+xml;base64,PHN2Zy8+',
    'data:text/html;base64,PGI+',
    'data:image/png,abc',
    'data:image/png;base64,a"onerror=alert(1)',
    `${uri('png', PNG)}\n`,
  ])('is never %j', (logo) => {
    expect(faults({ logo }).logo).toMatch(/^Use a data URI/);
  });

  it('is what it says', () => {
    const wrong = 'The data is not an image of the kind that it names.';
    for (const bytes of [JPEG, Buffer.from('<svg onload="alert(1)"/>'), Buffer.alloc(0)]) {
      expect(faults({ logo: uri('png', bytes) })).toEqual({ logo: wrong });
    }
    expect(faults({ logo: uri('webp', Buffer.from('RIFF....WAVE')) })).toEqual({ logo: wrong });
  });

  it('has at most 32 KB', () => {
    const sized = (bytes: number) => uri('png', Buffer.concat([PNG, Buffer.alloc(bytes)]));
    const largest = Math.floor(((LOGO_BYTES_MAX - 'data:image/png;base64,'.length) / 4) * 3) - PNG.length - 2;
    expect(faults({ logo: sized(largest) })).toEqual({});
    expect(faults({ logo: sized(largest + 6) })).toEqual({ logo: 'Use at most 32 KB.' });
  });
});

describe('links', () => {
  const fault = (url: string) => faults({ links: [{ label: 'Help', url }] })['links.0.url'];

  it.each(['https://example.com/help?a=1#b', 'http://help.example.com'])('may go to %s', (url) => {
    expect(fault(url)).toBeUndefined();
  });

  it.each([
    ...['javascript:alert(1)', 'data:text/html,x', '//example.com', '/help', 'https://', ' https://example.com'],
    ...['https://user:pass@example.com/', 'https://user@example.com/', ''],
  ])('never go to %j', (url) => {
    expect(fault(url)).toMatch(/^Use a URL that begins with https/);
  });

  it('are eight at most, each with a label', () => {
    const link = { label: 'Help', url: 'https://example.com/' };
    expect(faults({ links: Array(8).fill(link) })).toEqual({});
    expect(Object.keys(faults({ links: Array(9).fill(link) }))).toEqual(['links']);
    expect(Object.keys(faults({ links: [{ ...link, label: '' }] }))).toEqual(['links.0.label']);
  });
});

describe('other settings', () => {
  it.each([
    [{ radius: -1 }, 'radius'],
    [{ radius: 25 }, 'radius'],
    [{ radius: 1.5 }, 'radius'],
    [{ theme: 'blue' }, 'theme'],
    [{ name: '' }, 'name'],
    [{ name: 'a\u0000' }, 'name'],
    [{ hidden_navigation: ['endpoints'] }, 'hidden_navigation.0'],
    [{ hidden_navigation: ['jobs', 'jobs'] }, 'hidden_navigation'],
  ])('refuse %j', (input, path) => {
    expect(Object.keys(faults(input))).toEqual([path]);
  });
});
