import { describe, expect, it } from 'vitest';
import { kafkaVariables } from './docker.ts';
import { serverProperties } from './kafka.ts';

const broker = (nodeId: number) => ({ nodeId, port: 100 * nodeId, controllerPort: 100 * nodeId + 1 });

describe('serverProperties', () => {
  it('keeps one copy of everything with one broker', () => {
    const lines = serverProperties(broker(1), [broker(1)], '/data').split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'controller.quorum.voters=1@127.0.0.1:101',
        'offsets.topic.replication.factor=1',
        'min.insync.replicas=1',
        'auto.create.topics.enable=false',
        'message.max.bytes=16777216',
      ]),
    );
  });

  it('keeps three copies and needs two with three brokers', () => {
    const lines = serverProperties(broker(2), [1, 2, 3].map(broker), '/data').split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'node.id=2',
        'controller.quorum.voters=1@127.0.0.1:101,2@127.0.0.1:201,3@127.0.0.1:301',
        'advertised.listeners=PLAINTEXT://127.0.0.1:200',
        'offsets.topic.replication.factor=3',
        'transaction.state.log.min.isr=2',
        'min.insync.replicas=2',
      ]),
    );
  });
});

describe('kafkaVariables', () => {
  it('advertises to clients the published address and to the broker itself one inside the container', () => {
    expect(kafkaVariables('docker.example', 12_345)).toMatchObject({
      KAFKA_ADVERTISED_LISTENERS: 'INSIDE://localhost:9093,OUTSIDE://docker.example:12345',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'INSIDE',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    });
  });
});
