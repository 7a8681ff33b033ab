'use strict';

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const OWN = path.join(__dirname, '..', '..', 'protos');

/** The services of a .proto file, by package: `load('grpc/testing/testing.proto').grpc.testing`. */
function load(file, folder = OWN) {
  const definition = loader.loadSync(file, {
    includeDirs: [folder], keepCase: false, longs: Number, enums: Number, defaults: true, oneofs: true,
  });
  return grpc.loadPackageDefinition(definition);
}

/** As many zero bytes as an interoperability message is asked for. */
function payload(size) {
  return { type: 0, body: Buffer.alloc(size) };
}

module.exports = { load, payload };
