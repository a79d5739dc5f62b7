import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const artifact = z.object({
  type: z.string(),
  dependencies: z.array(z.string()).default([]),
  properties: z.object({ templateFile: z.string(), stackName: z.string().optional() }).partial().optional(),
});
const manifest = z.object({ artifacts: z.record(z.string(), artifact) });

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
});

const template = z.object({
  Resources: z.record(z.string(), resource).default({}),
  Outputs: z
    .record(
      z.string(),
      z.object({
        Value: z.unknown(),
        Export: z.object({ Name: z.unknown() }).optional(),
        Condition: z.string().optional(),
      }),
    )
    .default({}),
  Parameters: z.record(z.string(), z.object({ Default: z.unknown() })).default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
});

const assets = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string().optional(), packaging: z.string().optional() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

/** A CloudFormation template as the CDK writes it. */
export type Template = z.infer<typeof template>;

/** One stack of a cloud assembly. */
export interface Stack {
  readonly name: string;
  readonly template: Template;
  /** Folder of each asset, by its object key in the bootstrap bucket. */
  readonly assets: ReadonlyMap<string, string>;
}

/**
 * Reads the stacks of a cloud assembly, each after the stacks that it depends on. The one that only watches is left out:
 * a local run has no CloudWatch.
 * @throws ZodError if the assembly does not have the CDK's form.
 */
export function readAssembly(dir: string): Stack[] {
  const { artifacts } = manifest.parse(readJson(join(dir, 'manifest.json')));
  const ordered: Stack[] = [];
  const seen = new Set<string>();
  const visit = (id: string): void => {
    const found = artifacts[id];
    if (found === undefined || seen.has(id)) return;
    seen.add(id);
    found.dependencies.forEach(visit);
    if (found.type === 'aws:cloudformation:stack' && !id.endsWith('-Observability'))
      ordered.push(readStack(dir, id, found));
  };
  Object.keys(artifacts).forEach(visit);
  return ordered;
}

function readStack(dir: string, id: string, found: z.infer<typeof artifact>): Stack {
  const file = found.properties?.templateFile;
  if (file === undefined) throw new Error(`Stack ${id} has no template file in the cloud assembly.`);
  return {
    name: found.properties?.stackName ?? id,
    template: template.parse(readJson(join(dir, file))),
    assets: readAssets(dir, file.replace(/\.template\.json$/, '.assets.json')),
  };
}

function readAssets(dir: string, file: string): Map<string, string> {
  const { files } = assets.parse(readJson(join(dir, file)));
  const paths = new Map<string, string>();
  for (const { source, destinations } of Object.values(files)) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations)) paths.set(objectKey, join(dir, source.path));
  }
  return paths;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
