import { ApiError } from '@postrider/client';
import { describe, expect, it } from 'vitest';
import { explain, mayPass } from '../../portal/src/api/problems.ts';

const problem = { type: 'about:blank', title: 'Refused', detail: 'It is paused already.' };
const answered = (status: number, more: object = {}) =>
  new ApiError(new Response(null, { status }), { ...problem, status, ...more });

describe('a request that failed', () => {
  it.each([
    [403, 'Your session does not allow this'],
    [404, 'There is nothing here'],
    [410, 'There is nothing here'],
    [429, 'Too many requests'],
    [500, 'Something went wrong on our side'],
    [503, 'Something went wrong on our side'],
  ])('with %i is said in words, without what the API wrote for programs', (status, title) => {
    const said = explain(answered(status));

    expect(said.title).toBe(title);
    expect(said.body).not.toContain(problem.detail);
  });

  it.each([400, 409, 422])('with %i is said in the words of the API, which knows more', (status) => {
    expect(explain(answered(status)).body).toBe(problem.detail);
  });

  it('without an answer is one of the connection', () => {
    expect(explain(new TypeError('Failed to fetch')).title).toBe('The API cannot be reached');
  });

  it('names what is wrong with each field', () => {
    const { fields } = explain(answered(422, { errors: [{ path: 'url', message: 'must be a URL' }] }));

    expect([...fields]).toEqual([['url', 'must be a URL']]);
  });

  it('by the gateway itself, in a format of its own, is explained as well', () => {
    const fault = new ApiError(new Response(null, { status: 503 }), { message: 'Service Unavailable' });

    expect(explain(fault).title).toBe('Something went wrong on our side');
  });

  it('is made again only where that may help', () => {
    expect([400, 401, 403, 404, 409, 422].filter((status) => mayPass(answered(status)))).toEqual([]);
    expect([429, 500, 502, 503].filter((status) => !mayPass(answered(status)))).toEqual([]);
    expect(mayPass(new TypeError('Failed to fetch'))).toBe(true);
  });
});
