import * as z from 'zod';
import { CONTRAST_MIN, contrastOf } from './contrast.ts';

/** The pages that the navigation of the tenants' portal may leave out. */
export const HIDEABLE_PAGES = ['deliveries', 'events', 'event_types', 'jobs', 'audit', 'help'] as const;
export const THEMES = ['system', 'light', 'dark'] as const;

/** Maximum size of a logo as a data URI, in bytes. */
export const LOGO_BYTES_MAX = 32 * 1024;
export const LINKS_MAX = 8;

/**
 * What brand colours are seen against. In the light theme text is that colour on white, or white on that colour; in the dark one it is
 * that colour on the lightest of the dark surfaces, or black on that colour, which has more contrast.
 */
const BACKGROUNDS = { light: '#ffffff', dark: '#1d1f24' } as const;

const PRINTABLE = /^\P{C}*$/u;
const named = (max: number, message: string) =>
  z.string().min(1, message).max(max, message).regex(PRINTABLE, 'Use printable characters only.');

/** The first bytes of each kind of image. No SVG: opened by itself, it may run scripts, with the rights of the portal's origin. */
const IMAGES = { png: '89504e470d0a1a0a', jpeg: 'ffd8ff', webp: '52494646' } as const;
const LOGO = /^data:image\/(png|jpeg|webp);base64,((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;
const LOGO_FORM = 'Use a data URI such as data:image/png;base64,… of a PNG, JPEG or WebP image.';

const logo = z
  .string()
  .max(LOGO_BYTES_MAX, `Use at most ${LOGO_BYTES_MAX / 1024} KB.`)
  .regex(LOGO, LOGO_FORM)
  .refine(isImage, 'The data is not an image of the kind that it names.')
  .meta({
    description: `A data URI of a PNG, JPEG or WebP image, at most ${LOGO_BYTES_MAX / 1024} KB: no other host is asked for it.`,
  });

function isImage(uri: string): boolean {
  const [, kind, data = ''] = LOGO.exec(uri) ?? [];
  // What is no data URI has its own message.
  if (kind !== 'png' && kind !== 'jpeg' && kind !== 'webp') return true;
  const bytes = Buffer.from(data, 'base64');
  if (!bytes.toString('hex', 0, 16).startsWith(IMAGES[kind])) return false;
  return kind !== 'webp' || bytes.toString('latin1', 8, 12) === 'WEBP';
}

const COLOUR = /^#[0-9a-f]{6}$/i;

const colour = (theme: keyof typeof BACKGROUNDS) =>
  z
    .string()
    .regex(COLOUR, 'Use a colour such as #3b5bdb.')
    .superRefine((given, context) => {
      if (!COLOUR.test(given)) return;
      const ratio = contrastOf(given, BACKGROUNDS[theme]);
      if (ratio >= CONTRAST_MIN) return;
      const change = theme === 'light' ? 'darker' : 'lighter';
      // Rounded down, so that it never reads as enough.
      const shown = (Math.floor(ratio * 100) / 100).toFixed(2);
      context.addIssue({
        code: 'custom',
        message: `Its contrast with ${BACKGROUNDS[theme]} is ${shown}:1, and text needs ${CONTRAST_MIN}:1: use a ${change} one.`,
      });
    })
    .meta({ description: `Contrast with ${BACKGROUNDS[theme]}: at least ${CONTRAST_MIN}:1.` });

const LINK = 'Use a URL that begins with https:// or http://, without a user name or password.';

const link = z.strictObject({
  label: named(64, 'Use 1 to 64 printable characters.'),
  url: z
    .string()
    .max(2_048, 'Use at most 2,048 characters.')
    .regex(/^https?:\/\//i, LINK)
    .refine(isPlainUrl, LINK),
});

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

/** How the tenants' portal looks, as requests give it. All of it is public to whoever may sign in. */
export const portalSettingsInput = z.strictObject({
  name: named(64, 'Use 1 to 64 printable characters, or null.')
    .nullable()
    .default(null)
    .meta({ description: "The product's name. Null: the portal shows its own." }),
  logo: logo.nullable().default(null),
  brand_color: z
    .strictObject({ light: colour('light'), dark: colour('dark') })
    .nullable()
    .default(null)
    .meta({ description: 'Of links and buttons, by theme. Null: the portal has its own.' }),
  radius: z
    .int()
    .min(0, 'Use a whole number from 0 to 24.')
    .max(24, 'Use a whole number from 0 to 24.')
    .nullable()
    .default(null)
    .meta({ description: 'Of corners, in pixels. Null: the portal has its own.' }),
  theme: z
    .enum(THEMES)
    .default('system')
    .meta({ description: 'What a session has that asks for none. `system`: as the browser says.' }),
  links: z
    .array(link)
    .max(LINKS_MAX, `Use at most ${LINKS_MAX} links.`)
    .default([])
    .meta({ description: 'On the help page.' }),
  hidden_navigation: z
    .array(z.enum(HIDEABLE_PAGES))
    .max(HIDEABLE_PAGES.length, 'Name each page once.')
    .refine((pages) => new Set(pages).size === pages.length, 'Name each page once.')
    .default([])
    .meta({
      uniqueItems: true,
      description:
        'Pages that the navigation leaves out. It hides them and forbids nothing: capabilities of a session do.',
    }),
});
export type PortalSettings = z.output<typeof portalSettingsInput>;

/** What holds while nobody has set anything. */
export const DEFAULT_SETTINGS: PortalSettings = portalSettingsInput.parse({});

/** The settings as stored. Rules for requests may change later, so only the shape is checked. */
export const storedPortalSettings = z.object({
  name: z.string().nullable(),
  logo: z.string().nullable(),
  brand_color: z.object({ light: z.string(), dark: z.string() }).nullable(),
  radius: z.number().nullable(),
  theme: z.enum(THEMES),
  links: z.array(z.object({ label: z.string(), url: z.string() })),
  hidden_navigation: z.array(z.enum(HIDEABLE_PAGES)),
  /** In ms since the epoch. */
  updatedAt: z.number(),
});
export type StoredPortalSettings = z.output<typeof storedPortalSettings>;
