import { describe, expect, it } from 'vitest';
import { NO_VALUE, resolve, type Scope } from '../../lib/intrinsics.ts';

const scope: Scope = {
  ref: (name) => (name === 'AWS::NoValue' ? NO_VALUE : `ref(${name})`),
  attribute: (logicalId, attribute) => `${logicalId}.${attribute}`,
  importValue: (name) => `import(${name})`,
  condition: (name) => name === 'IsTrue',
  mapped: (map, key, second) => `${map}/${key}/${second}`,
};

describe('the intrinsic functions of a template', () => {
  it.each([
    [{ Ref: 'Queue' }, 'ref(Queue)'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue.Arn'],
    [{ 'Fn::GetAtt': 'Nested.Outputs.Name' }, 'Nested.Outputs.Name'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'B' }, 3]] }, 'a-ref(B)-3'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders
    [{ 'Fn::Sub': 'x-${B}-${C.Arn}-${!kept}' }, 'x-ref(B)-C.Arn-${kept}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders
    [{ 'Fn::Sub': ['${name}/${B}', { name: { Ref: 'A' } }] }, 'ref(A)/ref(B)'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::ImportValue': { 'Fn::Join': [':', ['Stack', 'Name']] } }, 'import(Stack:Name)'],
    [{ 'Fn::If': ['IsTrue', 'yes', 'no'] }, 'yes'],
    [{ 'Fn::If': ['IsFalse', 'yes', { Ref: 'No' }] }, 'ref(No)'],
    [{ 'Fn::FindInMap': ['Map', 'key', 'second'] }, 'Map/key/second'],
    [{ 'Fn::Not': [{ Condition: 'IsTrue' }] }, false],
    [{ 'Fn::And': [{ Condition: 'IsTrue' }, { 'Fn::Equals': ['a', 'a'] }] }, true],
  ])('resolves %j', (value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it('are replaced everywhere, and nothing else is changed', () => {
    const properties = {
      Name: { Ref: 'A' },
      List: [1, { Value: { 'Fn::GetAtt': ['B', 'Arn'] } }],
      Plain: { Ref: 'x', b: 1 },
    };

    expect(resolve(properties, scope)).toEqual({
      Name: 'ref(A)',
      List: [1, { Value: 'B.Arn' }],
      Plain: { Ref: 'x', b: 1 },
    });
  });

  it('omit a property whose value is AWS::NoValue', () => {
    expect(resolve({ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, scope)).toEqual({ b: [1] });
  });

  it('are refused if unknown, rather than passed on as objects', () => {
    expect(() => resolve({ Size: { 'Fn::Length': [1, 2] } }, scope)).toThrow('Fn::Length is not supported');
  });
});
