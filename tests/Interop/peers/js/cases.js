'use strict';

// The cases of the client, by the names of the interoperability suite; further below what the suite does not have. Every case is an async function that throws when it fails.

const readline = require('readline');
const grpc = require('@grpc/grpc-js');
const { load, payload } = require('./services');

const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';
const SPECIAL = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';
const REQUEST_SIZES = [27182, 8, 1828, 45904];
const RESPONSE_SIZES = [31415, 9, 2653, 58979];
const GZIP = { 'grpc.default_compression_algorithm': 2 };

/** A unary or client-streaming call as a promise of everything that comes back; `feed` writes the requests of a stream. */
function call(start, feed) {
  return new Promise((resolve) => {
    const result = { initial: null, status: null, response: null, error: null };
    const under = start((error, response) => {
      result.error = error;
      result.response = response;
      settle();
    });
    under.on('metadata', (metadata) => { result.initial = metadata; });
    under.on('status', (status) => {
      result.status = status;
      settle();
    });
    let pending = 2;
    function settle() {
      if (--pending === 0) {
        resolve(result);
      }
    }
    feed?.(under);
  });
}

/** The status and metadata with which a streaming call ends; `each` is called with every message. */
function stream(under, each) {
  return new Promise((resolve) => {
    const result = { initial: null, status: null, messages: [] };
    under.on('metadata', (metadata) => { result.initial = metadata; });
    under.on('data', (message) => {
      result.messages.push(message);
      each?.(message, result.messages.length);
    });
    under.on('error', () => {});
    under.on('status', (status) => resolve({ ...result, status }));
  });
}

function sizes(messages) {
  return messages.map((message) => message.payload.body.length);
}

function parameters(...wanted) {
  return wanted.map((size) => ({ size, intervalUs: 0 }));
}

async function large(client, { assert }, request = {}) {
  const { error, response } = await call((done) => client.unaryCall({ responseSize: 314159, payload: payload(271828), ...request }, done));
  assert.ifError(error);
  assert.strictEqual(response.payload.body.length, 314159);
  assert.ok(response.payload.body.every((byte) => byte === 0), 'the response is not zero');
}

async function clientStreaming(client, { assert }) {
  const { error, response } = await call((done) => client.streamingInputCall(done), (under) => {
    for (const size of REQUEST_SIZES) {
      under.write({ payload: payload(size) });
    }
    under.end();
  });
  assert.ifError(error);
  assert.strictEqual(response.aggregatedPayloadSize, 74922);
}

async function serverStreaming(client, { assert }, compressed = false) {
  const responseParameters = parameters(...RESPONSE_SIZES).map((wanted) => ({ ...wanted, compressed: { value: compressed } }));
  const result = await stream(client.streamingOutputCall({ responseParameters }));
  assert.strictEqual(result.status.code, grpc.status.OK, result.status.details);
  assert.deepStrictEqual(sizes(result.messages), RESPONSE_SIZES);
}

async function emptyOf(client) {
  return call((done) => client.emptyCall({}, done));
}

module.exports = {
  async empty_unary({ assert, connect }) {
    const { error, response } = await emptyOf(connect());
    assert.ifError(error);
    assert.deepStrictEqual({ ...response }, {});
  },

  async large_unary(context) {
    await large(context.connect(), context);
  },

  async client_compressed_unary(context) {
    await large(context.connect(undefined, GZIP), context, { expectCompressed: { value: true } });
  },

  async server_compressed_unary(context) {
    await large(context.connect(), context, { responseCompressed: { value: true } });
  },

  async client_streaming(context) {
    await clientStreaming(context.connect(), context);
  },

  async client_compressed_streaming(context) {
    await clientStreaming(context.connect(undefined, GZIP), context);
  },

  async server_streaming(context) {
    await serverStreaming(context.connect(), context);
  },

  async server_compressed_streaming(context) {
    await serverStreaming(context.connect(), context, true);
  },

  async ping_pong({ assert, connect }) {
    const under = connect().fullDuplexCall();
    const ping = (i) => under.write({ responseParameters: parameters(RESPONSE_SIZES[i]), payload: payload(REQUEST_SIZES[i]) });
    const ended = stream(under, (message, count) => (count < RESPONSE_SIZES.length ? ping(count) : under.end()));
    ping(0);
    const result = await ended;
    assert.strictEqual(result.status.code, grpc.status.OK, result.status.details);
    assert.deepStrictEqual(sizes(result.messages), RESPONSE_SIZES);
  },

  async empty_stream({ assert, connect }) {
    const under = connect().fullDuplexCall();
    const ended = stream(under);
    under.end();
    const result = await ended;
    assert.strictEqual(result.status.code, grpc.status.OK, result.status.details);
    assert.deepStrictEqual(result.messages, []);
  },

  async custom_metadata({ assert, connect }) {
    const client = connect();
    const bytes = Buffer.from([0xab, 0xab, 0xab]);
    const metadata = new grpc.Metadata();
    metadata.set(INITIAL, 'test_initial_metadata_value');
    metadata.set(TRAILING, bytes);
    const check = ({ initial, status }) => {
      assert.strictEqual(status.code, grpc.status.OK, status.details);
      assert.deepStrictEqual(initial.get(INITIAL), ['test_initial_metadata_value']);
      assert.deepStrictEqual(status.metadata.get(TRAILING), [bytes]);
    };
    check(await call((done) => client.unaryCall({ responseSize: 314159, payload: payload(271828) }, metadata, done)));
    const under = client.fullDuplexCall(metadata);
    const ended = stream(under);
    under.write({ responseParameters: parameters(314159), payload: payload(271828) });
    under.end();
    const result = await ended;
    check(result);
    assert.deepStrictEqual(sizes(result.messages), [314159]);
  },

  async status_code_and_message({ assert, connect }) {
    const client = connect();
    const responseStatus = { code: 2, message: 'test status message' };
    const { error } = await call((done) => client.unaryCall({ responseStatus }, done));
    assert.deepStrictEqual([error.code, error.details], [2, 'test status message']);
    const under = client.fullDuplexCall();
    const ended = stream(under);
    under.write({ responseStatus });
    under.end();
    const { status } = await ended;
    assert.deepStrictEqual([status.code, status.details], [2, 'test status message']);
  },

  async special_status_message({ assert, connect }) {
    const { error } = await call((done) => connect().unaryCall({ responseStatus: { code: 2, message: SPECIAL } }, done));
    assert.deepStrictEqual([error.code, error.details], [2, SPECIAL]);
  },

  async unimplemented_method({ assert, connect }) {
    const { error } = await call((done) => connect().unimplementedCall({}, done));
    assert.strictEqual(error.code, grpc.status.UNIMPLEMENTED, error.details);
  },

  async unimplemented_service({ assert, connect, testing }) {
    const { error } = await call((done) => connect(testing.UnimplementedService).unimplementedCall({}, done));
    assert.strictEqual(error.code, grpc.status.UNIMPLEMENTED, error.details);
  },

  /** A path that no descriptor has. */
  async unknown_method({ assert, connect }) {
    const bytes = (message) => message;
    const { error } = await call((done) => connect().makeUnaryRequest('/grpc.testing.TestService/NoSuchCall', bytes, bytes, Buffer.alloc(0), done));
    assert.strictEqual(error.code, grpc.status.UNIMPLEMENTED, error.details);
  },

  async cancel_after_begin({ assert, connect }) {
    const { error } = await call((done) => connect().streamingInputCall(done), (under) => setImmediate(() => under.cancel()));
    assert.strictEqual(error.code, grpc.status.CANCELLED, error.details);
  },

  async cancel_after_first_response({ assert, connect }) {
    const client = connect();
    const under = client.fullDuplexCall();
    const ended = stream(under, () => under.cancel());
    under.write({ responseParameters: parameters(31415), payload: payload(27182) });
    const result = await ended;
    assert.strictEqual(result.status.code, grpc.status.CANCELLED, result.status.details);
    assert.deepStrictEqual(sizes(result.messages), [31415]);
    assert.ifError((await emptyOf(client)).error);
  },

  async timeout_on_sleeping_server({ assert, connect }) {
    const under = connect().fullDuplexCall(new grpc.Metadata(), { deadline: Date.now() + 1 });
    const ended = stream(under);
    under.write({ payload: payload(27182) });
    const { status } = await ended;
    assert.strictEqual(status.code, grpc.status.DEADLINE_EXCEEDED, status.details);
  },

  /** Two hundred calls at a time on one connection: more than the streams that a server commonly allows at once. */
  async concurrent_calls({ assert, connect }) {
    const client = connect();
    const results = await Promise.all(Array.from({ length: 200 }, (_, i) =>
      call((done) => client.unaryCall({ responseSize: 1000 + i, payload: payload(2000) }, done))));
    results.forEach(({ error, response }, i) => {
      assert.ifError(error);
      assert.strictEqual(response.payload.body.length, 1000 + i);
    });
  },

  /** Reads a stream of a megabyte a message as its standard input tells it to, with other calls on the same connection in between. */
  async slow_reader({ assert, connect }) {
    const client = connect();
    const count = 256;
    const under = client.streamingOutputCall({ responseParameters: parameters(...Array(count).fill(1 << 20)) });
    const ended = new Promise((resolve) => under.on('status', resolve));
    under.on('error', () => {});
    let read = 0;
    const take = async () => {
      let message = under.read();
      while (message === null) {
        await new Promise((resolve) => under.once('readable', resolve));
        message = under.read();
      }
      assert.strictEqual(message.payload.body.length, 1 << 20);
      read++;
    };
    for await (const line of readline.createInterface({ input: process.stdin })) {
      for (let wanted = line === 'all' ? count - read : Number(line); wanted > 0; wanted--) {
        await take();
      }
      if (line === 'all') {
        break;
      }
      assert.ifError((await emptyOf(client)).error);
      console.log(`read ${read}`);
    }
    under.resume();
    const status = await ended;
    assert.strictEqual(status.code, grpc.status.OK, status.details);
  },

  async health({ assert, connect, protos }) {
    const client = connect(load('grpc/health/v1/health.proto', protos).grpc.health.v1.Health);
    const SERVING = 1;
    for (const service of ['', 'grpc.testing.TestService']) {
      const { error, response } = await call((done) => client.check({ service }, done));
      assert.ifError(error);
      assert.strictEqual(response.status, SERVING);
    }
    const { error } = await call((done) => client.check({ service: 'no.such.Service' }, done));
    assert.strictEqual(error.code, grpc.status.NOT_FOUND, error.details);
    const under = client.watch({ service: 'grpc.testing.TestService' });
    const watched = await stream(under, () => under.cancel());
    assert.deepStrictEqual(watched.messages.map((message) => message.status), [SERVING]);
    assert.strictEqual(watched.status.code, grpc.status.CANCELLED, watched.status.details);
  },

  async reflection({ assert, connect, protos }) {
    const client = connect(load('grpc/reflection/v1/reflection.proto', protos).grpc.reflection.v1.ServerReflection);
    const under = client.serverReflectionInfo();
    const ended = stream(under);
    under.write({ listServices: '*' });
    under.write({ fileContainingSymbol: 'grpc.testing.TestService' });
    under.write({ fileContainingSymbol: 'grpc.testing.TestService.UnaryCall' });
    under.write({ fileByFilename: 'grpc/testing/testing.proto' });
    under.write({ fileContainingSymbol: 'no.such.Symbol' });
    under.end();
    const result = await ended;
    assert.strictEqual(result.status.code, grpc.status.OK, result.status.details);
    const [services, byService, byMethod, byName, missing] = result.messages;
    assert.ok(services.listServicesResponse.service.some(({ name }) => name === 'grpc.testing.TestService'), 'the service is not listed');
    for (const found of [byService, byMethod, byName]) {
      assert.ok(found.fileDescriptorResponse?.fileDescriptorProto.length >= 1, `no file: ${JSON.stringify(found)}`);
    }
    assert.strictEqual(missing.errorResponse?.errorCode, grpc.status.NOT_FOUND);
  },
};
