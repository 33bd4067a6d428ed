/* The kinds of components but file systems: codec, filter, comparator, compaction filter, merge
 * operator. A part of abi.h, whose rules hold here too. */
#ifndef LOAM_ABI_KINDS_H
#define LOAM_ABI_KINDS_H

#include "loam/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Kind: codec --------------------------------------------------------------------------- */

typedef struct loam_codec_v1 {
  uint32_t struct_size;
  uint32_t flags; /* reserved, 0 */
  /* [pure] Most bytes that compress may write for raw_size bytes of input. */
  size_t (*bound)(void* self, size_t raw_size) LOAM_NOEXCEPT;
  /* [any] Working memory for one thread; NULL slots: the codec needs none, contexts are NULL. */
  loam_status (*context_create)(void* self, void** context, loam_error* error) LOAM_NOEXCEPT;
  void (*context_destroy)(void* self, void* context) LOAM_NOEXCEPT;
  /* [any], [one] per context. LOAM_INCOMPRESSIBLE when it would not fit `capacity`. */
  loam_status (*compress)(void* self, void* context, loam_slice in, char* out, size_t capacity,
                          size_t* out_size, loam_error* error) LOAM_NOEXCEPT;
  /* [any], [one] per context. Fills exactly raw_size bytes or fails CORRUPTION; hostile input is
   * safe: nothing outside the two buffers is touched. */
  loam_status (*decompress)(void* self, void* context, loam_slice in, char* out, size_t raw_size,
                            loam_error* error) LOAM_NOEXCEPT;
  /* [any] Raw size stated inside `in`, for formats that do not store it beside; CORRUPTION when
   * none or above limit. May be NULL. */
  loam_status (*raw_size)(void* self, loam_slice in, size_t limit, size_t* raw_size,
                          loam_error* error) LOAM_NOEXCEPT;
  const void* (*get_extension)(void* self, const char* id)LOAM_NOEXCEPT; /* [any]; may be NULL */
} loam_codec_v1;

/* Extension of codecs: dictionaries. One is made of sample blocks, stands in the file beside the
 * blocks that were compressed with it, and is made ready once for many of them. Contexts are those
 * of loam_codec_v1, so that threads keep one each however many dictionaries there are. Every
 * instance has it, whatever its options: what one wrote another must read. */
#define LOAM_CODEC_DICTIONARY "loam.codec.dictionary/1"

#define LOAM_DICTIONARY_COMPRESS 1u
#define LOAM_DICTIONARY_DECOMPRESS 2u
#define LOAM_DICTIONARY_BYTES_MAX 1048576u /* no larger one is stored or read */

typedef struct loam_codec_dictionary_v1 {
  uint32_t struct_size;
  uint32_t flags; /* reserved, 0 */
  /* [pure] What the options of this instance ask for: most bytes of a dictionary. 0: make none. */
  size_t (*wanted_bytes)(void* self) LOAM_NOEXCEPT;
  /* [pure] Bytes of sample blocks to collect for it. */
  size_t (*sample_bytes)(void* self) LOAM_NOEXCEPT;
  /* [any] Appends a dictionary, at most wanted_bytes; nothing: these samples are worth none (none,
   * too few, too short). */
  loam_status (*train)(void* self, const loam_slice* samples, size_t count, loam_sink* out,
                       loam_error* error) LOAM_NOEXCEPT;
  /* [any] Makes a dictionary ready for `uses`, LOAM_DICTIONARY_ bits; the bytes outlive it. Hostile
   * bytes are safe: CORRUPTION, or a dictionary that is of no use. */
  loam_status (*specialise)(void* self, loam_slice bytes_retained, uint32_t uses, void** dictionary,
                            loam_error* error) LOAM_NOEXCEPT;
  void (*dictionary_destroy)(void* self, void* dictionary) LOAM_NOEXCEPT;
  /* [any], [one] per context; any number of threads share a dictionary. As those of loam_codec_v1,
   * with a dictionary ready for that use. What was compressed with one is CORRUPTION to the plain
   * decompress; with another one it is CORRUPTION or any bytes. */
  loam_status (*compress)(void* self, void* context, const void* dictionary, loam_slice in,
                          char* out, size_t capacity, size_t* out_size,
                          loam_error* error) LOAM_NOEXCEPT;
  loam_status (*decompress)(void* self, void* context, const void* dictionary, loam_slice in,
                            char* out, size_t raw_size, loam_error* error) LOAM_NOEXCEPT;
} loam_codec_dictionary_v1;

/* ---- Kind: filter -------------------------------------------------------------------------- */

#define LOAM_FILTER_HASH_NONE 0u    /* takes keys */
#define LOAM_FILTER_HASH_XXH3_64 1u /* takes XXH3_64bits(key), seed 0 */

/* No false negatives, ever. Damaged bytes either fail to open or answer "maybe". */
typedef struct loam_filter_v1 {
  uint32_t struct_size;
  uint32_t hash_kind;
  loam_status (*builder_create)(void* self, size_t expected_keys, void** builder,
                                loam_error* error) LOAM_NOEXCEPT;   /* [any] */
  void (*builder_destroy)(void* self, void* builder) LOAM_NOEXCEPT; /* [one] */
  /* [one] By hash_kind exactly one of the two is present. Keys may repeat. */
  loam_status (*add_keys)(void* self, void* builder, const loam_slice* keys, size_t count,
                          loam_error* error) LOAM_NOEXCEPT;
  loam_status (*add_hashes)(void* self, void* builder, const uint64_t* hashes, size_t count,
                            loam_error* error) LOAM_NOEXCEPT;
  loam_status (*finish)(void* self, void* builder, loam_sink* out,
                        loam_error* error) LOAM_NOEXCEPT; /* [one] once */
  /* [any] `bytes_retained` outlive the reader. */
  loam_status (*reader_open)(void* self, loam_slice bytes_retained, void** reader,
                             loam_error* error) LOAM_NOEXCEPT;
  void (*reader_destroy)(void* self, void* reader) LOAM_NOEXCEPT;
  /* [pure] 0: certainly absent; 1: maybe present. */
  int32_t (*may_match)(const void* reader, loam_slice key) LOAM_NOEXCEPT;
  int32_t (*may_match_hash)(const void* reader, uint64_t hash) LOAM_NOEXCEPT;
  /* [pure] out[i] as may_match_hash(hashes[i]); prefetches. May be NULL. */
  void (*may_match_many)(const void* reader, const uint64_t* hashes, size_t count,
                         uint8_t* out) LOAM_NOEXCEPT;
  double (*false_positive_rate)(void* self) LOAM_NOEXCEPT; /* [pure] declared; 0 to 1 */
} loam_filter_v1;

/* ---- Kind: comparator ---------------------------------------------------------------------- */

#define LOAM_COMPARATOR_BYTEWISE 1u              /* order is memcmp, then length */
#define LOAM_COMPARATOR_REVERSE_BYTEWISE 2u      /* exactly the opposite order */
#define LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL 4u /* no two different keys compare equal */

typedef struct loam_comparator_v1 {
  uint32_t struct_size;
  uint32_t flags;                                   /* reserved, 0 */
  uint32_t (*properties)(void* self) LOAM_NOEXCEPT; /* [pure] LOAM_COMPARATOR_ bits; constant */
  /* [pure] Below, equal or above zero: a strict weak order. */
  int32_t (*compare)(void* self, loam_slice a, loam_slice b) LOAM_NOEXCEPT;
  /* [any] A key k, start <= k < limit, as short as can be found; start < limit. Or NULL. */
  loam_status (*shortest_separator)(void* self, loam_slice start, loam_slice limit,
                                    loam_sink* out) LOAM_NOEXCEPT;
  /* [any] A key k >= key, as short as can be found. Or NULL. */
  loam_status (*short_successor)(void* self, loam_slice key, loam_sink* out) LOAM_NOEXCEPT;
} loam_comparator_v1;

/* ---- Kind: compaction filter --------------------------------------------------------------- */

typedef struct loam_compaction_info {
  uint32_t struct_size;
  uint32_t family;
  int32_t output_level;
  uint32_t flags;           /* LOAM_COMPACTION_ bits */
  uint64_t oldest_snapshot; /* sequence; UINT64_MAX when none */
  uint64_t now_us;          /* wall clock of the host at the start of the job */
  uint64_t job;
} loam_compaction_info;

#define LOAM_COMPACTION_BOTTOMMOST 1u /* nothing older lies below the output */
#define LOAM_COMPACTION_MANUAL 2u
#define LOAM_COMPACTION_FLUSH 4u

#define LOAM_ENTRY_PUT 1u
#define LOAM_ENTRY_MERGE 2u

typedef struct loam_compaction_entry {
  uint32_t struct_size;
  uint32_t kind; /* LOAM_ENTRY_ */
  uint64_t sequence;
  int32_t level; /* it lies on before the compaction; -1 in a flush */
  uint32_t reserved;
  loam_slice key;
  loam_slice value;
} loam_compaction_entry;

#define LOAM_DECISION_KEEP 0
#define LOAM_DECISION_REMOVE 1
#define LOAM_DECISION_CHANGE 2            /* the new value is in the sink */
#define LOAM_DECISION_REMOVE_SKIP_UNTIL 3 /* the sink holds the first key to look at again */

typedef struct loam_compaction_filter_v1 {
  uint32_t struct_size;
  uint32_t flags; /* reserved, 0 */
  loam_status (*job_create)(void* self, const loam_compaction_info* info, void** job,
                            loam_error* error) LOAM_NOEXCEPT; /* [any] */
  void (*job_destroy)(void* self, void* job) LOAM_NOEXCEPT;   /* [one] */
  /* [one] per job, keys ascending, the newest visible version of each. */
  loam_status (*decide)(void* self, void* job, const loam_compaction_entry* entry, loam_sink* out,
                        int32_t* decision, loam_error* error) LOAM_NOEXCEPT;
} loam_compaction_filter_v1;

/* ---- Kind: merge operator ------------------------------------------------------------------ */

typedef struct loam_merge_operator_v1 {
  uint32_t struct_size;
  uint32_t flags; /* reserved, 0 */
  /* [any] base is NULL when there is none; operands oldest first, at least one. */
  loam_status (*full_merge)(void* self, loam_slice key, const loam_slice* base,
                            const loam_slice* operands, size_t count, loam_sink* out,
                            loam_error* error) LOAM_NOEXCEPT;
  /* [any] Operands, oldest first, at least two, into one. NOT_SUPPORTED: these cannot be joined.
   * May be NULL. */
  loam_status (*partial_merge)(void* self, loam_slice key, const loam_slice* operands, size_t count,
                               loam_sink* out, loam_error* error) LOAM_NOEXCEPT;
} loam_merge_operator_v1;

LOAM_CHECK_LAYOUT(loam_codec_v1, get_extension, 8);
LOAM_CHECK_LAYOUT(loam_codec_dictionary_v1, decompress, 8);
LOAM_CHECK_LAYOUT(loam_filter_v1, false_positive_rate, 8);
LOAM_CHECK_LAYOUT(loam_comparator_v1, short_successor, 8);
LOAM_CHECK_LAYOUT(loam_compaction_info, job, 8);
LOAM_CHECK_LAYOUT(loam_compaction_entry, value, 16);
LOAM_CHECK_LAYOUT(loam_compaction_filter_v1, decide, 8);
LOAM_CHECK_LAYOUT(loam_merge_operator_v1, partial_merge, 8);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LOAM_ABI_KINDS_H */
