'use strict';

// Calls a second of an echo with @grpc/grpc-js: this process holds the callers and starts the server as another one.
// The messages hold one field of bytes, as the other programs of the comparison have it; --raw passes bytes on without any message.

const { spawn } = require('child_process');
const { createRequire } = require('module');
const fs = require('fs');
const path = require('path');
const readline = require('readline');

let grpc, loader, parse;
try {
  // The package is installed for the interoperability tests.
  const peers = createRequire(path.join(__dirname, '..', '..', 'tests', 'Interop', 'peers', 'js', 'package.json'));
  grpc = peers('@grpc/grpc-js');
  loader = peers('@grpc/proto-loader');
  ({ parse } = peers('./options'));
} catch {
  console.error('This peer needs @grpc/grpc-js: run `npm ci` in tests/Interop/peers/js.');
  process.exit(2);
}

const given = parse(process.argv.slice(2));
const kind = given.kind ?? 'unary';
const clients = Number(given.clients ?? 8);
const connections = Number(given.connections ?? 0) || clients;
const size = Number(given.size ?? 10240);
const seconds = Number(given.seconds ?? 1);
const warmUp = Number(given['warm-up'] ?? 1);
const repeats = Number(given.repeats ?? 5);

const definition = loader.loadSync('bench.proto', { includeDirs: [path.join(__dirname, '..', 'protos')] });
const service = definition['federated.bench.Echo'];
if (given.raw) {
  for (const method of Object.values(service)) {
    method.requestSerialize = method.responseSerialize = (bytes) => bytes;
    method.requestDeserialize = method.responseDeserialize = (bytes) => bytes;
  }
}
const message = given.raw ? Buffer.alloc(size) : { body: Buffer.alloc(size) };
const sizeOf = given.raw ? (bytes) => bytes.length : (blob) => blob.body.length;

function serve() {
  const server = new grpc.Server();
  server.addService(service, {
    Unary: (call, callback) => callback(null, call.request),
    PingPong: (call) => {
      call.on('data', (request) => call.write(request));
      call.on('end', () => call.end());
    },
  });
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) {
      throw error;
    }
    console.log(port);
  });
  process.stdin.on('end', () => process.exit(0)).resume();
}

/** Seconds of processor time that processes have used. */
function processor(...processes) {
  return processes
    .map((process) => fs.readFileSync(`/proc/${process}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' '))
    .reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) / 100, 0);
}

async function run(port, server) {
  const Client = grpc.makeGenericClientConstructor(service, 'Echo');
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  const channels = Array.from({ length: connections }, () => new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options));
  const begin = performance.now() + 1000 * warmUp;
  const end = begin + 1000 * seconds * repeats;
  const counts = Array(repeats).fill(0);
  const times = [];
  const note = (start) => {
    const now = performance.now();
    const window = Math.floor((now - begin) / (1000 * seconds));
    if (window >= 0 && window < repeats) {
      counts[window]++;
      times.push(1000 * (now - start));
    }
    return now < end;
  };
  const check = (response) => {
    if (sizeOf(response) !== size) {
      throw new Error('another size came back');
    }
  };
  const unary = (client) => new Promise((resolve, reject) => {
    const again = () => {
      const start = performance.now();
      client.Unary(message, (error, response) => {
        if (error) {
          reject(error);
          return;
        }
        check(response);
        if (note(start)) {
          again();
        } else {
          resolve();
        }
      });
    };
    again();
  });
  const duplex = (client) => new Promise((resolve, reject) => {
    const call = client.PingPong();
    let start = performance.now();
    call.on('data', (response) => {
      check(response);
      const goOn = note(start);
      start = performance.now();
      if (goOn) {
        call.write(message);
      } else {
        call.end();
      }
    });
    call.on('end', resolve);
    call.on('error', reject);
    call.write(message);
  });
  let spent = 0;
  setTimeout(() => { spent = processor(process.pid, server.pid); }, 1000 * warmUp);
  await Promise.all(Array.from({ length: clients }, (_, i) => (kind === 'unary' ? unary : duplex)(channels[i % connections])));

  spent = processor(process.pid, server.pid) - spent;
  const rates = counts.map((count) => count / seconds).sort((a, b) => a - b);
  times.sort((a, b) => a - b);
  const quantile = (share) => Math.round(10 * times[Math.min(times.length - 1, Math.floor(share * times.length))]) / 10;
  console.log(JSON.stringify({
    benchmark: 'rpc-echo',
    kind,
    clients,
    connections,
    threads: 2,
    repeats,
    median: rates[rates.length >> 1],
    minimum: rates[0],
    maximum: rates[rates.length - 1],
    unit: 'calls/s',
    medianMicroseconds: quantile(0.5),
    lastPercentMicroseconds: quantile(0.99),
    processorMicroseconds: Math.round(1e7 * spent / times.length) / 10,
    peakResidentBytes: process.resourceUsage().maxRSS * 1024,
    node: process.version,
  }));
}

if (given.serve) {
  serve();
} else {
  const server = spawn(process.execPath, [...process.argv.slice(1), '--serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  readline.createInterface({ input: server.stdout }).once('line', async (line) => {
    try {
      await run(Number(line), server);
      process.exitCode = 0;
    } catch (error) {
      console.error(error);
      process.exitCode = 1;
    } finally {
      server.kill();
      process.exit();
    }
  });
}
