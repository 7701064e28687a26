/* Streams of chunks for C programs and for whatever can call C: bytes to events and back, and the
   notation of chunk(5), in the chunk framing and in any other one. Nothing here reads, writes or
   waits: the caller does, and owns all buffers.

   Text goes in as a pointer and a size and needs no NUL at its end; a name is a C string. A pointer
   whose size is 0 may be NULL. Functions may be called from any number of threads at once as long
   as these work on different decoders; a chunk_framing does not change and may be shared. */
#ifndef CHUNK_CHUNK_H
#define CHUNK_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a function says of its work. */
typedef enum chunk_status {
  CHUNK_OK = 0,
  CHUNK_TRUNCATED = 1,     /* the stream ends inside a chunk */
  CHUNK_TOO_LARGE = 2,     /* a length above the limit, or a payload that no length can declare */
  CHUNK_MALFORMED = 3,     /* bytes that the framing does not allow; never in the chunk framing */
  CHUNK_BAD_ID = 4,        /* not an ID of the framing */
  CHUNK_BAD_FIELD = 5,     /* no field of the framing, or not a value that it can have */
  CHUNK_BAD_NOTATION = 6,  /* a text that is not a chunk in the notation */
  CHUNK_BAD_PROTOCOL = 7,  /* a text that is not a protocol file, or no name of a built-in one */
  CHUNK_NO_ROOM = 8,       /* the result is larger than the buffer; nothing was written */
  CHUNK_NO_MEMORY = 9,     /* the system gives no more memory */
  CHUNK_BAD_ARGUMENT = 10, /* a NULL where there must be none, or parts that contradict each other */
  CHUNK_INTERNAL = 11      /* a fault of the library */
} chunk_status;

/* Returns: the version of the library, such as "0.1.0". */
const char* chunk_version(void);

/* Returns: one line in English about the latest call of this thread that returned anything but
   CHUNK_OK, such as "truncated at byte 0x8: ECHO declares 5 bytes, 2 are there"; "" before that.
   It is plain ASCII of at most 1023 bytes and stands until the next such call of the thread. */
const char* chunk_error_text(void);

/* --- framings --- */

/* How chunks are told apart, and what is known of them. NULL in its place stands for the chunk
   framing without any containers: a 4-byte ID, a 4-byte little-endian length and a payload. */
typedef struct chunk_framing chunk_framing;

/* Reads the text of a protocol file, which chunk-protocol(5) specifies, and puts a new object into
   *out: chunk_framing_free() releases it. After any other status than CHUNK_OK *out is NULL.
   CHUNK_BAD_PROTOCOL: the error text begins with the line and the column. */
chunk_status chunk_framing_load(const char* text, size_t size, chunk_framing** out);

/* The same for a built-in protocol, by its name, such as "postgres" or "mqtt". */
chunk_status chunk_framing_find(const char* name, chunk_framing** out);

/* Releases a framing that was loaded or found, and that no decoder uses any more. NULL is allowed. */
void chunk_framing_free(chunk_framing* framing);

/* Whose stream it is, where the two sides begin differently. */
typedef enum chunk_side {
  CHUNK_UNKNOWN_SIDE = 0, /* its beginning tells */
  CHUNK_CLIENT = 1,
  CHUNK_SERVER = 2
} chunk_side;

/* Gives what a side sends before its first chunk, and puts the number of these bytes into *size.
   Returns: the bytes, which are the framing's; NULL: there are none or, if *size is not 0, any will
   do. */
const void* chunk_framing_start(const chunk_framing* framing, chunk_side side, size_t* size);

/* Gives the name of a field of the header, in the order of the header: 0 is the first one. ID,
   length and pad are no fields.
   Returns: NULL when there are no more. */
const char* chunk_field_name(const chunk_framing* framing, size_t index);

/* --- chunks --- */

/* A field of a header and its value, which is either a number or bytes. */
typedef struct chunk_field {
  const char* name;
  uint64_t number;
  const void* bytes; /* NULL: the value is the number */
  size_t size;       /* of the bytes */
} chunk_field;

/* The longest ID of any framing, in bytes. */
#define CHUNK_ID_SIZE 16

/* A chunk, which borrows everything that its pointers point to. Whoever makes one sets it to zeros
   first, and then what is needed: the framing, the ID, the payload, fields. */
typedef struct chunk_view {
  const chunk_framing* framing;    /* in which it stands */
  unsigned char id[CHUNK_ID_SIZE]; /* its ID, unless that is a number */
  size_t id_size;                  /* bytes of it: 4 in the chunk framing; 0: it is a number, or
                                      there is none */
  uint64_t number;                 /* its ID, if that is a number */
  int opening;                     /* 1: the client's first chunk with a header of its own, which has
                                      no ID */
  const void* payload;
  size_t payload_size;

  /* The header of a chunk as it came, whose fields and form are used again; always NULL in the
     chunk framing. NULL: a new header, with the defaults of all fields. */
  const void* header;
  size_t header_size;

  /* Trailer and padding as they came. NULL: as they have to be. */
  const void* tail;
  size_t tail_size;

  /* Fields with other values than in `header`, or other ones than the defaults. "length" stands for
     the number that the header has as its length in place of the right one. */
  const chunk_field* fields;
  size_t field_count;
} chunk_view;

/* Gets the field of that name from the header of a chunk, or its default if there is no header. What
   `out` then points to is the header's or the framing's. */
chunk_status chunk_get_field(const chunk_view* chunk, const char* name, chunk_field* out);

/* Gives the framing of the subchunks of a chunk, which belongs to the framing of the chunk. Its
   subchunks are encoded with it, and then are its payload, behind the bytes that the protocol has
   before them.
   Returns: NULL if the chunk is no container, or cannot be one so deep. */
const chunk_framing* chunk_framing_inside(const chunk_view* container);

/* --- decoding --- */

/* The bits of chunk_event.kind. */
enum {
  CHUNK_BEGIN = 1,          /* the chunk begins */
  CHUNK_PAYLOAD = 2,        /* there is a piece of its payload, of at least one byte */
  CHUNK_END = 4,            /* the chunk ends */
  CHUNK_PREAMBLE = 8,       /* alone: the payload is all that stands before the first chunk */
  CHUNK_STRAY = 16,         /* alone: the payload is a piece of what is no chunk in a container, up
                               to the end of that; chunk_error_text() says why */
  CHUNK_ENTER = 32,         /* the subchunks of the chunk follow, and then its end */
  CHUNK_WRONG_TRAILER = 64, /* the chunk ends, and its trailer is not the right one */
  CHUNK_WRONG_PADDING = 128 /* the chunk ends, and its padding is not zero, or missing */
};

/* Enters the containers of every protocol. */
#define CHUNK_ALL_LEVELS 32U

/* What happens next in a stream. A short chunk often begins and ends in one event; a long one comes
   as one event for each piece of its payload. */
typedef struct chunk_event {
  unsigned kind;     /* the bits above; 0: more input is needed */
  unsigned level;    /* in how many containers the chunk stands */
  uint64_t offset;   /* where in the stream the chunk, or what is none, begins */
  uint64_t length;   /* bytes of payload of the whole chunk; UINT64_MAX: all that follows, up to the
                        end of its container or of the stream */
  uint64_t declared; /* the number that the header has as its length */

  /* The chunk with this piece of its payload, which is not NULL even if it is empty; of an event
     without a chunk, the payload alone. The header is there in each event of the chunk, the tail
     when it ends. The pointers are valid as long as `data` is, and until the next call with the
     decoder. */
  chunk_view chunk;
} chunk_event;

/* Takes one stream apart, however it is cut into pieces. */
typedef struct chunk_decoder chunk_decoder;

/* Makes a decoder that refuses payloads above `limit` bytes as soon as their header is there, or,
   where that has no length, as soon as they are longer; UINT64_MAX is no limit. It enters containers
   that stand in fewer than `levels` others; those below come like other chunks.
   `framing` was loaded or found, or is NULL, and is used until the decoder is freed.
   Returns: NULL when there is no memory. */
chunk_decoder* chunk_decoder_new(const chunk_framing* framing, chunk_side side, unsigned levels,
                                 uint64_t limit);

/* Releases a decoder. NULL is allowed. */
void chunk_decoder_free(chunk_decoder* decoder);

/* Takes the next event from the front of `data`, and puts the number of bytes it took into *used:
   the next call gets those behind them. When event->kind is 0 all of `data` was used.
   Returns: CHUNK_OK; CHUNK_TOO_LARGE before any payload of such a chunk; CHUNK_MALFORMED. After the
   latter two, the same on every further call. */
chunk_status chunk_decode(chunk_decoder* decoder, const void* data, size_t size, size_t* used,
                          chunk_event* event);

/* Says that the stream ends here, and takes the next event that this brings about, such as the end
   of a chunk without a length. It is called until event->kind is 0, and chunk_decode() no more.
   Returns: CHUNK_OK; CHUNK_TRUNCATED inside a chunk; what chunk_decode() has returned after an
   error. */
chunk_status chunk_decoder_finish(chunk_decoder* decoder, chunk_event* event);

/* --- encoding and text ---

   Each of these functions puts the size of its whole result into *needed, and the result into
   `out`, which has room for `capacity` bytes. Where that is too little, it writes nothing and
   returns CHUNK_NO_ROOM: a first call with NULL and 0 asks for the size. The buffers must not
   overlap. */

/* Writes a chunk as it stands on the wire: header, payload, trailer and padding. A chunk that came
   is written as it came once the pieces of its payload are joined. Whoever changes its payload sets
   its tail to NULL. */
chunk_status chunk_encode(const chunk_view* chunk, void* out, size_t capacity, size_t* needed);

/* Writes the chunk that a text in the notation of chunk(5) describes, such as
   "CMPU:OPER=+:OPND=3:OPND=4", as it stands on the wire. A text that names files by @ is refused
   with CHUNK_BAD_NOTATION. */
chunk_status chunk_parse_text(const chunk_framing* framing, const char* text, size_t size,
                              void* out, size_t capacity, size_t* needed);

/* Writes the notation of a chunk, in plain ASCII with a NUL at the end, which *needed counts. A
   container of the protocol is shown by its subchunks, unless they do not fill it. A chunk with a
   header that the notation has no words for is shown as the bytes that it is, behind "raw-send:".
   chunk_parse_text() makes the same bytes of each of these texts as chunk_encode() of the chunk. */
chunk_status chunk_to_text(const chunk_view* chunk, char* out, size_t capacity, size_t* needed);

/* The same for the ID alone, which is shown by its name if it has one: at most 49 bytes unless a
   protocol has longer names. The text is empty for a chunk without an ID. */
chunk_status chunk_id_to_text(const chunk_view* chunk, char* out, size_t capacity, size_t* needed);

#ifdef __cplusplus
}
#endif

#endif
