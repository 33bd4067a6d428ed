/* Runs: 'p', then pairs of a count (1 to 255) and a byte. With a dictionary: 'd', and the input is
 * first combined with it by exclusive or, over and over. */
#define FOSSIL_NAME "fossil_codec"
#define FOSSIL_KIND LOAM_KIND_CODEC
#define FOSSIL_SHAPES_BYTES
#include "fossil.h"

#define LONGEST 32u

typedef struct dictionary {
  size_t size;
  unsigned char bytes[LONGEST];
} dictionary;

static const dictionary none = {1, {0}};

static size_t bound(void* self, size_t raw_size) {
  (void)self;
  return 2 * raw_size + 1;
}

static loam_status pack(char mark, const dictionary* with, loam_slice in, char* out,
                        size_t capacity, size_t* out_size) {
  size_t filled = 0;
  size_t at = 0;
  if (capacity == 0) return LOAM_INCOMPRESSIBLE;
  out[filled++] = mark;
  while (at < in.size) {
    const unsigned char byte =
        (unsigned char)((unsigned char)in.data[at] ^ with->bytes[at % with->size]);
    size_t run = 1;
    while (run < 255 && at + run < in.size &&
           ((unsigned char)in.data[at + run] ^ with->bytes[(at + run) % with->size]) == byte) {
      ++run;
    }
    if (capacity - filled < 2) return LOAM_INCOMPRESSIBLE;
    out[filled++] = (char)run;
    out[filled++] = (char)byte;
    at += run;
  }
  *out_size = filled;
  return LOAM_OK;
}

static loam_status unpack(char mark, const dictionary* with, loam_slice in, char* out,
                          size_t raw_size, loam_error* error) {
  size_t filled = 0;
  size_t at;
  if (in.size % 2 != 1 || in.data[0] != mark) {
    return fossil_fail(error, LOAM_CORRUPTION, "no runs of this codec");
  }
  for (at = 1; at < in.size; at += 2) {
    const size_t run = (unsigned char)in.data[at];
    size_t i;
    if (run == 0 || run > raw_size - filled) {
      return fossil_fail(error, LOAM_CORRUPTION, "a run that does not fit");
    }
    for (i = 0; i < run; ++i, ++filled) {
      out[filled] = (char)((unsigned char)in.data[at + 1] ^ with->bytes[filled % with->size]);
    }
  }
  if (filled == raw_size) return LOAM_OK;
  return fossil_fail(error, LOAM_CORRUPTION, "fewer bytes than stated");
}

static loam_status compress(void* self, void* context, loam_slice in, char* out, size_t capacity,
                            size_t* out_size, loam_error* error) {
  (void)self;
  (void)context;
  (void)error;
  return pack('p', &none, in, out, capacity, out_size);
}

static loam_status decompress(void* self, void* context, loam_slice in, char* out, size_t raw_size,
                              loam_error* error) {
  (void)self;
  (void)context;
  return unpack('p', &none, in, out, raw_size, error);
}

static size_t wanted_bytes(void* self) {
  (void)self;
  return LONGEST;
}

static size_t sample_bytes(void* self) {
  (void)self;
  return 1024;
}

/* The beginning of the first sample. */
static loam_status train(void* self, const loam_slice* samples, size_t count, loam_sink* out,
                         loam_error* error) {
  (void)self;
  (void)error;
  if (count == 0 || samples[0].size == 0) return LOAM_OK;
  {
    const loam_slice head = {samples[0].data,
                             samples[0].size < LONGEST ? samples[0].size : LONGEST};
    return out->append(out, head);
  }
}

static loam_status specialise(void* self, loam_slice bytes_retained, uint32_t uses, void** out,
                              loam_error* error) {
  dictionary* made;
  (void)self;
  (void)uses;
  if (bytes_retained.size == 0 || bytes_retained.size > LONGEST) {
    return fossil_fail(error, LOAM_CORRUPTION, "a dictionary of 1 to 32 bytes is expected");
  }
  made = malloc(sizeof *made);
  if (made == NULL) return fossil_fail(error, LOAM_NO_MEMORY, "no memory");
  made->size = bytes_retained.size;
  memcpy(made->bytes, bytes_retained.data, made->size);
  *out = made;
  return LOAM_OK;
}

static void dictionary_destroy(void* self, void* old) {
  (void)self;
  free(old);
}

static loam_status compress_with(void* self, void* context, const void* with, loam_slice in,
                                 char* out, size_t capacity, size_t* out_size, loam_error* error) {
  (void)self;
  (void)context;
  (void)error;
  return pack('d', with, in, out, capacity, out_size);
}

static loam_status decompress_with(void* self, void* context, const void* with, loam_slice in,
                                   char* out, size_t raw_size, loam_error* error) {
  (void)self;
  (void)context;
  return unpack('d', with, in, out, raw_size, error);
}

static const loam_codec_dictionary_v1 dictionaries = {
    .struct_size = sizeof(loam_codec_dictionary_v1),
    .wanted_bytes = wanted_bytes,
    .sample_bytes = sample_bytes,
    .train = train,
    .specialise = specialise,
    .dictionary_destroy = dictionary_destroy,
    .compress = compress_with,
    .decompress = decompress_with,
};

static const void* get_extension(void* self, const char* id) {
  (void)self;
  return strcmp(id, LOAM_CODEC_DICTIONARY) == 0 ? &dictionaries : NULL;
}

static const loam_codec_v1 table = {
    .struct_size = sizeof(loam_codec_v1),
    .bound = bound,
    .compress = compress,
    .decompress = decompress,
    .get_extension = get_extension,
};

FOSSIL_TABLE(table)
