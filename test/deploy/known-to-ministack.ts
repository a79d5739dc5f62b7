import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// MiniStack has no alarms over calculations, and does not know these types. What is left out is named in docs/deploy.md,
// and test/stacks holds it against what AWS documents.
const UNKNOWN_TYPES = ['AWS::CloudWatch::CompositeAlarm', 'AWS::Logs::QueryDefinition'];

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Outputs?: Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>;
}

const isUnknown = ({ Type, Properties }: Resource) =>
  UNKNOWN_TYPES.includes(Type) || (Type === 'AWS::CloudWatch::Alarm' && Properties?.Metrics !== undefined);

/**
 * Leaves out of the templates in a cloud assembly what MiniStack cannot deploy. What refers to it, such as the dashboard,
 * gets its name instead.
 * @returns what was left out.
 */
export function leaveOutUnknown(assembly: string): string[] {
  const files = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  const templates = files.map((file): Template => JSON.parse(readFileSync(join(assembly, file), 'utf8')));
  const left = new Set(
    templates.flatMap(({ Resources }) => Object.keys(Resources).filter((id) => isUnknown(Resources[id] as Resource))),
  );
  const exported = new Set<string>();
  for (const { Resources, Outputs = {} } of templates) {
    for (const id of Object.keys(Resources)) if (left.has(id)) delete Resources[id];
    for (const [id, { Value, Export }] of Object.entries(Outputs)) {
      if (!left.has(referredTo(Value) ?? '')) continue;
      exported.add(Export?.Name ?? '');
      delete Outputs[id];
    }
  }
  const named = (_: string, value: unknown) => {
    const id = referredTo(value);
    if (id !== undefined && left.has(id)) return id;
    const name = importedFrom(value);
    return name !== undefined && exported.has(name) ? name : value;
  };
  for (const [i, file] of files.entries()) writeFileSync(join(assembly, file), JSON.stringify(templates[i], named));
  return [...left];
}

function referredTo(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('Fn::GetAtt' in value)) return undefined;
  const [id]: unknown[] = Array.isArray(value['Fn::GetAtt']) ? value['Fn::GetAtt'] : [];
  return typeof id === 'string' ? id : undefined;
}

function importedFrom(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('Fn::ImportValue' in value)) return undefined;
  return typeof value['Fn::ImportValue'] === 'string' ? value['Fn::ImportValue'] : undefined;
}
