/**
 * The faults that Carya is built against, and what it does about each: the table of docs/reliability.md is drawn from
 * this list. A test shows a fault when its title begins with the fault's number, `test('[27] …')`, or stands in `tests`.
 */
export type Fault = {
  /** what tests name it by; empty where they are named in `tests` */
  id: string
  fault: string
  does: string
  /** titles of tests that show it and do not begin with its number */
  tests?: readonly string[]
  /** why no test causes it, or what of it none causes */
  untested?: string
}

export type Group = { title: string; faults: readonly Fault[] }

export const groups: readonly Group[] = [
  {
    title: 'Requests and replies',
    faults: [
      {
        id: '1',
        fault: 'a request is delivered twice, without key or id',
        does: 'the hash of its message is kept from commit to ack: the same run',
      },
      { id: '2', fault: 'the same key with another body', does: 'rejected; the first run goes on' },
      {
        id: '3',
        fault: 'the requester restarts before the answer',
        does: 'the same key again gives the state now, and the end to the new asker',
      },
      {
        id: '4',
        fault: 'a `reply_to` that names one of our queues',
        does: 'rejected: only direct reply-to and queues of the asker are answered',
      },
      {
        id: '5',
        fault: 'a request of 17 MB',
        does: 'a rejection that names the limit where the broker lets it through; 4.x refuses it to the sender',
      },
      {
        id: '7',
        fault: "a subscriber's queue is full and refuses",
        does: 'events are dropped after some tries; jobs and orders have a lane of their own',
      },
    ],
  },
  {
    title: 'Dispatcher and Redis',
    faults: [
      {
        id: '6',
        fault: 'the dispatcher dies between publishing and clearing the outbox',
        does: 'the message comes twice; a job that comes twice is granted once',
      },
      {
        id: '8',
        fault: "Redis' answer to a commit is lost",
        does: 'the commit sent again meets its own id, and counts as done',
      },
      {
        id: '9',
        fault: 'two dispatchers feed at once, or one is frozen and goes on',
        does: 'the pool has a version: one of them meets a conflict and reads again',
      },
      {
        id: '28',
        fault: 'Redis is away for long',
        does: 'nothing is taken from the queues meanwhile, so nothing is returned until it is dropped',
      },
      {
        id: '34',
        fault: 'Redis is empty, or another one',
        does: 'nothing is stopped, swept or fed until it is reconciled; records are made again from what hosts hold',
      },
      {
        id: '35',
        fault: 'Redis is put back to an older state',
        does: 'noticed by the sequence of commits; then as above; what has ended is known from the store',
      },
      {
        id: '39',
        fault: 'the timer of a retry is lost',
        does: 'when it is due stands in the record and in a sorted set, which is swept',
      },
      {
        id: '40',
        fault: 'the recurring timer is lost',
        does: 'put up again at every start and from time to time',
      },
      {
        id: '41',
        fault: 'a timer fires twice, early, or by a clock that is wrong',
        does: "what is due is judged again by Redis' time, and changed by compare-and-set",
      },
      {
        id: '48',
        fault: "Redis' disk is full",
        does: 'nothing more is accepted; nothing that was acknowledged is lost; it goes on with room',
      },
      {
        id: '49',
        fault: "a host's clock is stepped",
        does: 'leases are judged by one clock, and begin anew when that clock jumps',
      },
      {
        id: '52',
        fault: "an older version reads a newer one's record",
        does: 'fields that it does not know are kept',
      },
    ],
  },
  {
    title: 'Jobs, grants and leases',
    faults: [
      {
        id: '10',
        fault: 'a job is gone from its queue (purged, deleted, dead)',
        does: 'found by comparing the queue with the runs said to be in it; these go back into the line',
      },
      {
        id: '11',
        fault: 'a job that no worker can hold stands first',
        does: 'it is passed by, and its run says why it waits; others go on',
      },
      {
        id: '12',
        fault: 'a worker dies between the confirm of its claim and the ack of the job',
        does: 'the second claimant is refused, or the first is found again by its name',
      },
      {
        id: '13',
        fault: 'the broker takes no messages (alarm), so claims wait',
        does: 'acks go over another connection; claims are sent when it goes on',
      },
      {
        id: '14',
        fault: 'a run is cancelled while its job is queued',
        does: 'its claim is refused: no container starts',
      },
      {
        id: '15',
        fault: 'two workers of one name',
        does: 'the exclusive queue of orders is the lock: the second waits and says nothing',
      },
      {
        id: '16',
        fault: 'the grant is lost',
        does: 'the heartbeat shows the attempt as claimed, and it is granted again',
      },
      {
        id: '29',
        fault: 'a final report waits in the queue when the lease is swept',
        does: 'expiry is a message behind it in the same queue: the report goes first',
      },
      {
        id: '33',
        fault: 'a worker frozen past its lease goes on',
        does: 'its attempt is told to stop; its token counts no more',
      },
      {
        id: '38',
        fault: 'a run brings down every host it comes to',
        does: 'it fails after three hosts or five such faults',
      },
      {
        id: '42',
        fault: 'an order to stop is lost while the worker reconnects',
        does: 'the answer to the next heartbeat repeats it',
      },
      {
        id: '43',
        fault: 'a cancel races the end',
        does: 'one outcome, the same in the reply, the events and for everyone who asks',
      },
      {
        id: '44',
        fault: 'an order for an earlier attempt reaches its host late',
        does: 'orders name the nonce: the later attempt there is untouched',
      },
      {
        id: '45',
        fault: 'the loser of two attempts ends last',
        does: 'each has a folder of its own; the commit names the winner, and nothing is moved',
      },
    ],
  },
  {
    title: 'Reports, heartbeats and the broker',
    faults: [
      {
        id: '26',
        fault: 'metrics or a log too large for a message',
        does: 'capped; at last a report without them that says so',
      },
      {
        id: '27',
        fault: 'the queue of reports is deleted with a confirmed report in it',
        does: 'container and report are kept until the dispatcher says `settled`; the report is sent again',
      },
      {
        id: '30',
        fault: 'heartbeats pile up',
        does: 'their queue is bounded, and what is older than three beats is dropped by the broker',
      },
      {
        id: '31',
        fault: 'reports come in another order',
        does: 'each is complete in itself; the end counts without the start',
      },
      {
        id: '32',
        fault: 'a model prints progress a hundred thousand times a second',
        does: 'it travels in heartbeats, the last value only',
      },
      {
        id: '50',
        fault: 'versions of RabbitMQ that return, cancel and drop differently',
        does: 'nothing is returned to wait; each difference is tested on 3.10, 4.0 and 4.3',
      },
      {
        id: '51',
        fault: 'a queue stands with other arguments',
        does: 'told, and used as it is',
      },
    ],
  },
  {
    title: 'Engine, host and outputs',
    faults: [
      {
        id: '17',
        fault: 'the worker dies between creating and starting a container',
        does: 'claimed again: started if granted, else removed',
      },
      {
        id: '18',
        fault: 'a start is repeated after the model has ended',
        does: 'only a container that was never started is started',
      },
      {
        id: '19',
        fault: 'the engine dies under running models',
        does: 'each is looked at again when it is back; with live-restore all run on',
      },
      {
        id: '20',
        fault: 'the engine is stopped, and a model that is told to end exits with 0',
        does: 'the code does not count: a fault of the host, tried again',
      },
      {
        id: '21',
        fault: 'engine, shim and model are killed at once, as by a power cut',
        does: 'the code does not count, whatever the engine says',
      },
      {
        id: '22',
        fault: 'the worker is frozen while a model prints',
        does: 'the engine keeps the log: the model does not wait for its reader',
      },
      {
        id: '23',
        fault: 'pipes, links and devices among the outputs',
        does: 'looked at by a child process with a deadline, and refused',
      },
      {
        id: '24',
        fault: 'the store hangs',
        does: 'heartbeats go on, leases are kept, and work goes on when the store does',
      },
      {
        id: '25',
        fault: 'the disk of the outputs is full; sparse files; very many files',
        does: 'the run fails with its reason; the worker goes on',
      },
      {
        id: '36',
        fault: 'two installations on one engine',
        does: 'each touches only containers that carry its own label',
      },
      {
        id: '37',
        fault: "an attempt's folder is lost while its worker is away",
        does: 'containers are found by their labels',
      },
    ],
  },
  {
    title: 'Parts that go away, and come back',
    faults: [
      {
        id: '',
        fault: 'the worker is killed, at each step of an attempt',
        does: 'its containers are found by their labels, and followed on, reported or let go',
        tests: ['while models run: killed and started again, it follows them to their ends'],
      },
      {
        id: '',
        fault: 'a model ends while its worker is away, and the engine has forgotten its start',
        does: 'its code counts if the engine remembers enough to show that it has lived through the end, or the worker had seen it',
        tests: [
          'a model that ends while its worker is exchanged counts, though the engine has forgotten its start',
          'an end that an earlier process of the worker has seen counts for the next, as %s',
        ],
      },
      {
        id: '',
        fault: 'the dispatcher is killed, stopped or away for three leases',
        does: 'lease time counts only while one listens; what is committed and not published is published by the next',
        tests: [
          'the dispatcher is down for three leases while models run and end: nothing is started again',
          'of two dispatchers one dies, and nobody notices',
          'the dispatcher is killed three times during an ensemble of 100: each member is started once and has its row',
          'for three leases while models run: nothing is started again',
        ],
      },
      {
        id: '',
        fault: 'dispatcher and worker are told to stop during runs',
        does: 'both finish what is in hand and go; models run on',
        tests: [
          'both are told to stop during runs: they go at once, models run on, and are followed to their ends',
        ],
      },
      {
        id: '',
        fault: 'RabbitMQ is stopped, killed, frozen, or away for three leases',
        does: 'reports wait at their workers; no lease is taken away; all goes on',
        tests: [
          'RabbitMQ is stopped and started during runs: each runs once and gives its result',
          'RabbitMQ is killed while requests, jobs and reports are on their way: none is lost, none doubled',
          'RabbitMQ is away for three leases while models run and end: nothing is started again',
          'a broker that stands still for three leases takes none away: every model runs once',
        ],
      },
      {
        id: '',
        fault: 'Redis is killed, frozen, or out of reach',
        does: 'nothing is taken or judged meanwhile; what was acknowledged is there',
        tests: [
          'is killed while runs are accepted, fed and ended: what was acknowledged is there',
          'is frozen for three leases, and its connections with it: nothing starts again',
          'is out of reach of its dispatcher for three leases: nothing starts again',
          'a dispatcher that loses Redis while it starts waits for it, at whatever step',
        ],
      },
      {
        id: '',
        fault: 'a worker is cut from the broker, for less or for longer than its lease',
        does: 'for less: nothing; for longer: its runs go elsewhere, and it is told to stop',
        tests: [
          'for less than the lease, a worker goes on: what ended meanwhile is told, nothing starts again',
          'for longer than the lease, its runs go elsewhere: it is told to stop, and what it made never wins',
        ],
      },
      {
        id: '',
        fault: 'a whole host dies, with everything on it',
        does: 'its runs go to another host; when it comes back it starts none of them',
        tests: [
          '40 runs spread over two hosts by their room; one host dies, and each ends once, its own on the other',
          'a whole host is killed under its models: they run on the other one',
        ],
      },
      {
        id: '',
        fault: 'the engine does not answer',
        does: 'heartbeats go on; what was ordered is done when it answers',
        tests: [
          'an engine that does not answer keeps no heartbeat back, and a stop is carried out when it does',
        ],
      },
      {
        id: '',
        fault: 'the engine makes a new socket at its restart, and the worker’s container has the old one',
        does: 'the worker leaves, and the engine starts its container again with the new one',
        tests: [
          'a worker whose engine has another socket since its restart leaves, to be started again with that one',
          'a container that ends by itself, with the old socket, is started again with the new one',
        ],
      },
      {
        id: '',
        fault: 'a container is removed by somebody else',
        does: 'a fault of the host: the run is tried again',
        tests: [
          'a container that is removed under its model is a fault of the host: the run is tried again, with one result',
        ],
      },
      {
        id: '',
        fault: 'an image is removed between registration and run',
        does: 'a fault of the host, tried again, on another host first, so often and no more',
        tests: [
          'an image that is removed after its model was registered fails a run after five tries, and the next goes on when it is back',
        ],
      },
      {
        id: '',
        fault: 'a host can start no models',
        does: 'after three in a row it takes no more, says why, and tries one now and then',
        tests: ['a worker that cannot start three models in a row takes no more until one starts'],
      },
      {
        id: '',
        fault: 'queues are deleted under services that run; messages that nobody can read',
        does: 'queues are made again; such messages are kept among the rejected',
        tests: [
          'are deleted one after another while models run: each is made again, and no run notices',
          'the queue of orders is deleted under its worker: it is made again, and a cancel reaches the model',
          'a message that nobody can read ends among the rejected, from whatever queue, and stops nothing',
        ],
      },
      {
        id: '',
        fault: 'a model runs out of memory, or a child of it does',
        does: "told apart by the engine's flag and the exit code; the next attempt may get more",
        tests: [
          'that needs more memory than it asked is told so',
          'whose child was killed for its memory and that goes on has not run out of it',
        ],
      },
    ],
  },
  {
    title: 'With ensembles and inputs',
    faults: [
      {
        id: '46',
        fault: "an ensemble's cursor is put back",
        does: 'members may run again, and are counted once, by their index',
      },
      {
        id: '47',
        fault: 'an input is replaced while it is fetched',
        does: 'it is linked by the hash of what was read',
        untested: 'comes with the cache of inputs',
      },
    ],
  },
]
