'use strict';

// The interoperability suite's test server on @grpc/grpc-js. Says `listening PORT` when it takes calls and ends with its standard input.
// With --slow it reads a stream only as its standard input tells it to: a line with a number for so many messages, `all` for the rest.

const readline = require('readline');
const grpc = require('@grpc/grpc-js');
const { load, payload } = require('./services');
const { parse } = require('./options');

const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';

/** Sends the caller's initial metadata back and returns the trailing one. */
function echoMetadata(call) {
  const initial = new grpc.Metadata();
  for (const value of call.metadata.get(INITIAL)) {
    initial.add(INITIAL, value);
  }
  call.sendMetadata(initial);
  const trailing = new grpc.Metadata();
  for (const value of call.metadata.get(TRAILING)) {
    trailing.add(TRAILING, value);
  }
  return trailing;
}

function status(asked, trailing) {
  return asked && asked.code !== 0 ? { code: asked.code, details: asked.message, metadata: trailing } : null;
}

function pause(microseconds) {
  return microseconds > 0 ? new Promise((resolve) => setTimeout(resolve, microseconds / 1000)) : null;
}

/** Writes with respect for the stream's buffer. */
async function write(call, message) {
  if (!call.write(message) && !call.destroyed) {
    const ends = ['drain', 'close', 'cancelled'];
    let resume;
    await new Promise((resolve) => {
      resume = resolve;
      ends.forEach((end) => call.on(end, resume));
    });
    ends.forEach((end) => call.off(end, resume));
  }
}

async function answer(call, request) {
  for (const parameters of request.responseParameters) {
    await pause(parameters.intervalUs);
    if (call.cancelled) {
      return;
    }
    await write(call, { payload: payload(parameters.size) });
  }
}

const service = {
  emptyCall(call, callback) {
    callback(null, {}, echoMetadata(call));
  },

  unaryCall(call, callback) {
    const trailing = echoMetadata(call);
    const error = status(call.request.responseStatus, trailing);
    if (error) {
      callback(error);
    } else {
      callback(null, { payload: payload(call.request.responseSize) }, trailing);
    }
  },

  async streamingOutputCall(call) {
    const trailing = echoMetadata(call);
    await answer(call, call.request);
    call.end(trailing);
  },

  streamingInputCall(call, callback) {
    const trailing = echoMetadata(call);
    let sum = 0;
    let count = 0;
    const take = (message) => {
      sum += message.payload.body.length;
      count++;
    };
    call.on('end', () => callback(null, { aggregatedPayloadSize: sum }, trailing));
    call.on('error', () => {});
    if (!slowly) {
      call.on('data', take);
      return;
    }
    // Messages are only taken off the stream when this says so; what is not taken stays under the stream's flow control.
    (async () => {
      for await (const line of slowly) {
        if (line === 'all') {
          break;
        }
        for (let wanted = Number(line); wanted > 0; wanted--) {
          let message = call.read();
          while (message === null) {
            await new Promise((resolve) => call.once('readable', resolve));
            message = call.read();
          }
          take(message);
        }
        console.log(`read ${count}`);
      }
      call.on('data', take);
      call.resume();
    })();
  },

  fullDuplexCall(call) {
    const trailing = echoMetadata(call);
    let last = Promise.resolve();
    let failed = false;
    call.on('data', (request) => {
      last = last.then(async () => {
        const error = status(request.responseStatus, trailing);
        if (error && !failed) {
          failed = true;
          call.emit('error', error);
        } else if (!failed) {
          await answer(call, request);
        }
      });
    });
    call.on('end', () => last.then(() => failed || call.end(trailing)));
    call.on('error', () => {});
  },
};

const options = parse(process.argv.slice(2));
const input = readline.createInterface({ input: process.stdin });
const slowly = options.slow ? input[Symbol.asyncIterator]() : null;
input.on('close', () => process.exit(0));

const server = new grpc.Server({ 'grpc.max_receive_message_length': 64 << 20 });
server.addService(load('grpc/testing/testing.proto').grpc.testing.TestService.service, service);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    console.error(error);
    process.exit(1);
  }
  console.log(`listening ${port}`);
});
