package dev.sway.lazyfsd.api;

/// The paths and limits of the worker's HTTP API; `docs/api/lazyfsd.md` describes them.
public final class LazyfsdApi {
  /// The port unless told otherwise.
  public static final int DEFAULT_PORT = 8444;

  /// `POST`: a [RunRequest]; the answer is a stream of [RunEvent]s. `GET`: the [RunList].
  ///
  /// Below it: `GET ID` is a [RunInfo], `DELETE ID` ends the run, `GET ID/events?after=N` goes on
  /// with its events behind number N, `DELETE ID/events?through=N` says that those up to N are not
  /// needed any more.
  public static final String RUNS = "/v1/runs";

  /// `GET`: the [TraceList]. Below it: `GET ID` is the file of a run's trace.
  public static final String TRACES = "/v1/traces";

  /// `GET`: a [WorkerStatus].
  public static final String STATUS = "/v1/status";

  /// `GET`: a [CacheStatus].
  public static final String CACHE = "/v1/cache";

  /// `POST`: a [CacheRequest]; the image stays in the cache from now on. The answer is a
  /// [CacheResult].
  public static final String CACHE_PIN = "/v1/cache/images/pin";

  /// `POST`: a [CacheRequest]; the image may be evicted again. The answer is a [CacheResult].
  public static final String CACHE_UNPIN = "/v1/cache/images/unpin";

  /// `POST`: a [CacheRequest]; what is there of the image goes. The answer is a [CacheResult].
  public static final String CACHE_EVICT = "/v1/cache/images/evict";

  /// `POST`: a [CacheRequest]; the image is fetched. The answer is a stream of [CacheEvent]s.
  public static final String CACHE_WARM = "/v1/cache/images/warm";

  /// `POST`: a [CacheRequest]; the image is pinned, fetched, verified and brought to the disk, and
  /// needs no server from then on. The answer is a stream of [CacheEvent]s.
  public static final String CACHE_PROMOTE = "/v1/cache/images/promote";

  /// The largest answer with a [CacheStatus], in bytes.
  public static final int MAX_CACHE_STATUS_BYTES = 8 << 20;

  /// The media type of a stream of events: one JSON document a line.
  public static final String EVENTS_MEDIA_TYPE = "application/x-ndjson";

  /// How many events, in bytes of output, a client may take before it acknowledges them. The worker
  /// keeps at least four times as much, and holds the container back at that.
  public static final int ACKNOWLEDGE_BYTES = 64 << 10;

  /// The largest script, in bytes.
  public static final int MAX_SCRIPT_BYTES = 8 << 20;

  /// The largest request, in bytes: a script in base64, arguments and environment.
  public static final int MAX_REQUEST_BYTES = 16 << 20;

  /// The longest event, in bytes: a piece of output in base64.
  public static final int MAX_EVENT_BYTES = 1 << 20;

  /// The folder inside a container that holds a run's script.
  public static final String SCRIPT_FOLDER = "/run/sway";

  /// The path of a run.
  public static String run(String id) {
    return RUNS + "/" + id;
  }

  /// The path of a run's events behind number `after`.
  public static String events(String id, long after) {
    return run(id) + "/events?after=" + after;
  }

  /// The path of a run's events up to number `through`.
  public static String eventsThrough(String id, long through) {
    return run(id) + "/events?through=" + through;
  }

  private LazyfsdApi() {}
}
