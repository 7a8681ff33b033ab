// Judges Kubernetes manifests. In: an array of manifests as JSON on standard input. Out: as JSON, for each manifest the array of what is wrong with it.
//
// Twice, because each sees what the other does not. The schemas of the Kubernetes API know required fields, types, formats and ranges, but let any field pass that they do not know: a misspelt
// `readynessProbe` would be no error here and be dropped by a cluster. The TypeScript declarations of the same package know every field; a literal with one that is not declared does not
// compile.
'use strict';

const path = require('node:path');
const typescript = require('typescript');

function modulePath(manifest) {
  return `kubernetes-models/${manifest.apiVersion}/${manifest.kind}`;
}

// Kustomize folds long values of a secret into lines. Kubernetes skips line ends where it reads base64 (as RFC 2045 has it); the schema's pattern does not know that.
function unfolded(manifest) {
  if (manifest.kind !== 'Secret' || !manifest.data) return manifest;
  return { ...manifest, data: Object.fromEntries(Object.entries(manifest.data).map(([key, value]) => [key, String(value).replace(/[\r\n]/g, '')])) };
}

function bySchema(manifest) {
  let model;
  try {
    model = require(modulePath(manifest))[manifest.kind];
  } catch (problem) {
    if (problem.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED' && problem.code !== 'MODULE_NOT_FOUND') throw problem;
  }
  if (!model) return [`the Kubernetes API has no ${manifest.kind} in ${manifest.apiVersion}`];
  try {
    new model(unfolded(manifest)).validate();
    return [];
  } catch (problem) {
    if (!problem.errors) throw problem;
    return problem.message.split(', ');
  }
}

function byDeclarations(manifests) {
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: typescript.ScriptTarget.ES2022,
    module: typescript.ModuleKind.Node16,
    moduleResolution: typescript.ModuleResolutionKind.Node16,
  };
  // One source file for each manifest; they exist in memory only.
  const sources = new Map(manifests.map((manifest, index) => [
    path.join(__dirname, `manifest-${index}.ts`).replaceAll('\\', '/'),
    `import type { I${manifest.kind} } from ${JSON.stringify(modulePath(manifest))};\n` +
    `export const manifest: I${manifest.kind} = ${JSON.stringify(manifest, null, 2)};\n`,
  ]));
  const host = typescript.createCompilerHost(options);
  const { fileExists, getSourceFile, readFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists.call(host, file);
  host.readFile = (file) => sources.get(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, languageVersion, ...others) => sources.has(file)
    ? typescript.createSourceFile(file, sources.get(file), languageVersion)
    : getSourceFile.call(host, file, languageVersion, ...others);

  const program = typescript.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].map((file) => typescript.getPreEmitDiagnostics(program, program.getSourceFile(file)).map((problem) => {
    const lines = sources.get(file).slice(0, problem.start ?? 0).split('\n');
    const line = sources.get(file).split('\n')[lines.length - 1].trim();
    return `${line}: ${typescript.flattenDiagnosticMessageText(problem.messageText, ' ')}`;
  }));
}

const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk));
process.stdin.on('end', () => {
  const manifests = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  const known = manifests.map(bySchema);
  const declared = byDeclarations(manifests);
  process.stdout.write(JSON.stringify(known.map((problems, index) => [...problems, ...declared[index]])));
});
