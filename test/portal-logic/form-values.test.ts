import { describe, expect, it } from 'vitest';
import { inputOf, NEW, OWN_SIGNATURE } from '../../portal/src/pages/endpoint/form-values.ts';

const input = (change: Partial<typeof NEW>) => inputOf({ ...NEW, url: ' https://a.example/ ', ...change });
const errors = (change: Partial<typeof NEW>) => {
  const result = input(change);
  return 'errors' in result ? [...result.errors.keys()] : [];
};

describe('the form of an endpoint', () => {
  it("keeps a signature of the endpoint's own making, unless another is chosen", () => {
    const kept = input({ signature: OWN_SIGNATURE });
    expect(kept).toHaveProperty('input.url');
    expect(kept).not.toHaveProperty('input.signature_profile');
    expect(kept).not.toHaveProperty('input.signature');
    expect(input({ signature: 'github' })).toMatchObject({ input: { signature_profile: 'github', signature: null } });
  });

  it('left as it is asks for what the API takes by default', () => {
    expect(input({})).toMatchObject({
      input: {
        url: 'https://a.example/',
        event_types: ['*'],
        filter: null,
        headers: {},
        rate_limit_per_second: null,
        retry_policy: { max_attempts: 10, initial_delay_seconds: 5, backoff_factor: 4, max_delay_seconds: 43_200 },
      },
    });
  });

  it('takes each type once, from the list and from what is typed', () => {
    const change = { wantsAll: false, types: ['a.b', 'c.d'], otherTypes: ' c.d, e.*, ,' };

    expect(input(change)).toMatchObject({ input: { event_types: ['a.b', 'c.d', 'e.*'] } });
  });

  it('that wants no type at all is not sent', () => {
    expect(errors({ wantsAll: false, otherTypes: ' , ' })).toEqual(['event_types']);
  });

  it('reads headers by the line, with whatever is in their values', () => {
    expect(
      input({ headers: 'X-Key: a: b, c \n\n authorization'.replace(' authorization', 'Authorization:Bearer x') }),
    ).toMatchObject({ input: { headers: { 'X-Key': 'a: b, c', Authorization: 'Bearer x' } } });
  });

  it.each(['no header', ': value', 'two words: x'])('says which line is no header: %s', (headers) => {
    expect(errors({ headers })).toEqual(['headers']);
  });
});
