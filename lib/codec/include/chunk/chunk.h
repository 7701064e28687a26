/* Streams of chunks for C programs and for whatever can call C: bytes to events and back, and the
   notation of chunk(5). Nothing here reads, writes or waits: the caller does, and owns all buffers.

   Text goes in as a pointer and a size and needs no NUL at its end. A pointer whose size is 0 may
   be NULL. Functions may be called from any number of threads at once as long as these work on
   different decoders; a chunk_framing does not change and may be shared. */
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
  CHUNK_TRUNCATED = 1,    /* the stream ends inside a chunk */
  CHUNK_TOO_LARGE = 2,    /* a length above the limit, or a payload that no length can declare */
  CHUNK_MALFORMED = 3,    /* bytes that the framing does not allow; never in the chunk framing */
  CHUNK_BAD_ID = 4,       /* not an ID: the chunk framing has IDs of four bytes */
  CHUNK_BAD_NOTATION = 5, /* a text that is not a chunk in the notation */
  CHUNK_BAD_PROTOCOL = 6, /* a text that is not a protocol file */
  CHUNK_NO_ROOM = 7,      /* the result is larger than the buffer; nothing was written */
  CHUNK_NO_MEMORY = 8,    /* the system gives no more memory */
  CHUNK_BAD_ARGUMENT = 9, /* a NULL where there must be none */
  CHUNK_INTERNAL = 10     /* a fault of the library */
} chunk_status;

/* Returns: the version of the library, such as "0.1.0". */
const char* chunk_version(void);

/* Returns: one line in English about the latest call of this thread that returned anything but
   CHUNK_OK, such as "truncated at byte 0x8: ECHO declares 5 bytes, 2 are there"; "" before that.
   It is plain ASCII of at most 1023 bytes and stands until the next such call of the thread. */
const char* chunk_error_text(void);

/* How chunks are told apart, and what is known of them. NULL in its place stands for the chunk
   framing without any containers: a 4-byte ID, a 4-byte little-endian length and a payload. */
typedef struct chunk_framing chunk_framing;

/* Reads the text of a protocol file, which chunk-protocol(5) specifies, and puts a new object into
   *out: chunk_framing_free() releases it. After any other status than CHUNK_OK *out is NULL.
   CHUNK_BAD_PROTOCOL: the error text begins with the line and the column. */
chunk_status chunk_framing_load(const char* text, size_t size, chunk_framing** out);

/* Releases a framing that no decoder uses any more. NULL is allowed. */
void chunk_framing_free(chunk_framing* framing);

/* --- decoding --- */

/* The bits of chunk_event.kind. */
enum {
  CHUNK_BEGIN = 1,   /* the chunk begins */
  CHUNK_PAYLOAD = 2, /* there is a piece of its payload, of at least one byte */
  CHUNK_END = 4,     /* the chunk ends */
  CHUNK_PREAMBLE = 8 /* what stands before the first chunk, whole; there is no chunk */
};

/* The longest ID of any framing, in bytes. */
#define CHUNK_ID_SIZE 16

/* What happens next in a stream. A short chunk often begins and ends in one event; a long one comes
   as one event for each piece of its payload. */
typedef struct chunk_event {
  unsigned kind;                   /* the bits above; 0: more input is needed */
  unsigned char id[CHUNK_ID_SIZE]; /* the chunk's ID, then zeros */
  size_t id_size;                  /* bytes of the ID: 4 in the chunk framing, none without IDs, 8
                                      for a number, the most significant one first */
  uint64_t length;                 /* bytes of payload that the chunk declares */
  uint64_t offset;                 /* where in the stream the chunk begins */
  const unsigned char* payload;    /* the piece; points into the input, and is NULL without it */
  size_t payload_size;
} chunk_event;

/* Takes one stream apart, however it is cut into pieces. */
typedef struct chunk_decoder chunk_decoder;

/* Makes a decoder that refuses payloads above `limit` bytes as soon as their header is there;
   UINT64_MAX is no limit. `framing` is used until the decoder is freed.
   Returns: NULL when there is no memory. */
chunk_decoder* chunk_decoder_new(const chunk_framing* framing, uint64_t limit);

/* Releases a decoder. NULL is allowed. */
void chunk_decoder_free(chunk_decoder* decoder);

/* Takes the next event from the front of `data`, and puts the number of bytes it took into *used:
   the next call gets those behind them. When event->kind is 0 all of `data` was used. A call with a
   size of 0 says that the stream ends here: it gives what ends with it, until event->kind is 0.
   Returns: CHUNK_OK; CHUNK_TOO_LARGE before any payload of such a chunk; CHUNK_MALFORMED. After the
   latter two, the same on every further call. */
chunk_status chunk_decode(chunk_decoder* decoder, const void* data, size_t size, size_t* used,
                          chunk_event* event);

/* Says whether the stream may end here.
   Returns: CHUNK_OK between two chunks, or CHUNK_TRUNCATED; what chunk_decode() has returned after
   an error. */
chunk_status chunk_decoder_finish(const chunk_decoder* decoder);

/* --- encoding and text ---

   Each of these functions puts the size of its whole result into *needed, and the result into
   `out`, which has room for `capacity` bytes. Where that is too little, it writes nothing and
   returns CHUNK_NO_ROOM: a first call with NULL and 0 asks for the size. The buffers must not
   overlap. */

/* Writes a chunk as it stands on the wire: the header and the payload. */
chunk_status chunk_encode(const chunk_framing* framing, const void* id, size_t id_size,
                          const void* payload, size_t payload_size, void* out, size_t capacity,
                          size_t* needed);

/* Writes the chunk that a text in the notation of chunk(5) describes, such as
   "CMPU:OPER=+:OPND=3:OPND=4", as it stands on the wire. A text that names files by @ is refused
   with CHUNK_BAD_NOTATION. */
chunk_status chunk_parse_text(const chunk_framing* framing, const char* text, size_t size,
                              void* out, size_t capacity, size_t* needed);

/* Writes the notation of a chunk, in plain ASCII with a NUL at the end, which *needed counts. A
   container of the framing's protocol is shown by its subchunks, unless they do not fill it. */
chunk_status chunk_to_text(const chunk_framing* framing, const void* id, size_t id_size,
                           const void* payload, size_t payload_size, char* out, size_t capacity,
                           size_t* needed);

#ifdef __cplusplus
}
#endif

#endif
