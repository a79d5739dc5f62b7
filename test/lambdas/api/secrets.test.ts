import { beforeEach, describe, expect, it } from 'vitest';
import { ApiWorld, ENDPOINT } from '../../support/api-world.ts';

let world: ApiWorld;
beforeEach(() => {
  world = new ApiWorld();
});

const TEXT = 'correct-horse-battery-staple';
const base64Of = (bytes: number) => Buffer.alloc(bytes, 'k').toString('base64');
const create = (body: object) => world.post('/v1/endpoints', { ...ENDPOINT, ...body });
const rotate = (id: string, body: object = {}) => world.post(`/v1/endpoints/${id}/secret/rotate`, body);
const patch = (id: string, body: object) => world.request('PATCH', `/v1/endpoints/${id}`, { body });
const put = (id: string, body: object) =>
  world.request('PUT', `/v1/endpoints/${id}`, { body: { ...ENDPOINT, ...body } });
const shown = async (id: string) => (await world.get(`/v1/endpoints/${id}/secret`)).field('secret');

describe('an imported secret', () => {
  it.each([
    ['unpadded base64', {}, `whsec_${base64Of(25).replace('==', '')}`],
    ['75 bytes', {}, `whsec_${base64Of(75)}`],
    ['a text', { signature_profile: 'github' }, TEXT],
    ['hex', { signature_profile: 'simple' }, '6b'.repeat(32)],
    ['a text for a signature of its own', { signature: { header: 'X-Sig' } }, TEXT],
    ['a text in another alphabet', { signature_profile: 'stripe:X-Sig' }, 'ключ-к-двери'],
  ])('is kept and shown as given: %s', async (_, settings, secret) => {
    const made = await create({ ...settings, secret });
    expect([made.status, made.field('secret'), await shown(made.field('id'))]).toEqual([201, secret, secret]);
    const next = `${secret.slice(0, -1)}Q`;
    expect((await rotate(made.field('id'), { secret: next })).field('secret')).toBe(next);
  });

  it('is refused if the profile does not accept it, at creation and at rotation, and is not shown', async () => {
    const [id, byDefault] = [await world.endpoint(), await create({ secret: TEXT })];
    const rotated = await rotate(id, { secret: TEXT });
    for (const reply of [byDefault, rotated, await create({ signature_profile: 'github', secret: 'a secret' })]) {
      expect([reply.status, reply.faults]).toEqual([422, ['secret']]);
      expect(reply.text).toMatch(/Use \\"whsec_\\" .* such as the signature_profile github, simple or stripe/);
      expect(reply.text).not.toMatch(/correct-horse|a secret/);
    }
    expect((await world.get('/v1/endpoints')).list.ids).toEqual([id]);
  });

  it('is named with the other invalid fields', async () => {
    expect((await create({ secret: TEXT, url: 'https://10.0.0.1/' })).faults.sort()).toEqual(['secret', 'url']);
  });
});

describe('the profile standard', () => {
  it('is refused to an endpoint with a secret of another form, until the secret is rotated', async () => {
    const id = await world.endpoint({ signature_profile: 'github', secret: TEXT });
    for (const refused of [
      await patch(id, { signature_profile: 'standard' }),
      await patch(id, { signature_profile: null }),
      await put(id, {}),
    ]) {
      expect([refused.status, refused.faults]).toEqual([422, ['signature_profile']]);
      expect(refused.text).toMatch(
        /The profile standard requires .*: rotate the secret first, or keep the signature as it is/,
      );
      expect(refused.text).not.toContain(TEXT);
    }
    expect((await world.get(`/v1/endpoints/${id}`)).field('signature_profile')).toBe('github');
    expect((await put(id, { signature_profile: 'stripe' })).status).toBe(200);

    await rotate(id);
    expect((await patch(id, { signature_profile: 'standard' })).field('signature_profile')).toBe('standard');
    expect((await rotate(id, { secret: TEXT })).faults).toEqual(['secret']);
  });

  it.each<[string, object, string]>([
    ['the profile svix', { signature_profile: 'svix' }, 'signature_profile'],
    [
      'a signature by the decoded bytes',
      { signature_profile: null, signature: { header: 'X-Sig', key: 'decoded' } },
      'signature.key',
    ],
  ])('is as strict about the secret as %s', async (_, change, field) => {
    const id = await world.endpoint({ signature_profile: 'github', secret: TEXT });
    expect((await patch(id, change)).faults).toEqual([field]);
    await rotate(id);
    expect((await patch(id, change)).status).toBe(200);
    expect((await rotate(id, { secret: TEXT })).faults).toEqual(['secret']);
  });

  it('can be left by changing the profile, after which a text can be imported', async () => {
    const id = await world.endpoint();
    expect((await patch(id, { signature_profile: 'github' })).status).toBe(200);
    expect((await rotate(id, { secret: TEXT })).field('secret')).toBe(TEXT);
  });

  it('can be restored with the original secret', async () => {
    const id = await world.endpoint();
    await patch(id, { signature_profile: 'github' });
    expect((await patch(id, { signature_profile: 'standard' })).status).toBe(200);
  });

  it('lets other settings change without reading the secret', async () => {
    const [standard, github] = [await world.endpoint(), await world.endpoint({ signature_profile: 'github' })];
    world.ports.opener.open = () => Promise.reject(new Error('KMS is away'));
    expect((await patch(standard, { description: 'x' })).status).toBe(200);
    expect((await patch(github, { signature_profile: 'stripe' })).status).toBe(200);
  });
});

describe('a rotation', () => {
  it.each([
    ['github', 'x-hub-signature-256'],
    ['convoy', 'x-convoy-signature'],
    ['stripe', 'Stripe-Signature'],
    ['svix', 'svix-signature'],
  ])('lists the headers that the former secret of %s signs, and says when the new one signs alone', async (...of) => {
    const [signature_profile, header] = of;
    const id = await world.endpoint({ signature_profile });
    const rotated = await rotate(id, { overlap_seconds: 60 });

    const end = new Date(world.now + 60_000).toISOString();
    const told = { previous: [{ expires_at: end, signs: ['webhook-signature', header] }], newest_alone_at: end };
    expect(rotated.body).toMatchObject(told);
    expect((await world.get(`/v1/endpoints/${id}/secret`)).body).toMatchObject(told);
    world.now += 60_000;
    expect((await world.get(`/v1/endpoints/${id}/secret`)).body).toMatchObject({ previous: [], newest_alone_at: null });
  });

  it('lets only the oldest secret sign a header of one signature, and says until when each does', async () => {
    const id = await world.endpoint({ signature_profile: 'github' });
    await rotate(id, { overlap_seconds: 60 });
    const { body } = await rotate(id, { overlap_seconds: 30 });

    const at = (seconds: number) => new Date(world.now + seconds * 1000).toISOString();
    expect(body).toMatchObject({
      previous: [
        { expires_at: at(30), signs: ['webhook-signature'] },
        { expires_at: at(60), signs: ['webhook-signature', 'x-hub-signature-256'] },
      ],
      newest_alone_at: at(60),
    });
  });

  it('is refused if it would end a secret early, and says what to do', async () => {
    const id = await world.endpoint();
    for (const overlap_seconds of [86_400, 3_600, 86_400, 86_400]) await rotate(id, { overlap_seconds });
    const before = await world.get(`/v1/endpoints/${id}/secret`);
    const next = new Date(world.now + 3_600_000).toISOString();

    const refused = await rotate(id, { overlap_seconds: 60 });
    expect(refused.status).toBe(409);
    expect(refused.field('detail')).toContain(`rotate again after ${next}`);
    expect((await world.get(`/v1/endpoints/${id}/secret`)).text).toBe(before.text);

    world.now += 3_600_000;
    expect((await rotate(id, { overlap_seconds: 60 })).status).toBe(200);
    expect((await rotate(id, { overlap_seconds: 60 })).status).toBe(409);
    expect((await rotate(id, { overlap_seconds: 0 })).body).toMatchObject({ previous: [] });
  });
});
