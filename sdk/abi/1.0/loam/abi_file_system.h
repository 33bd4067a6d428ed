/* The kind of components that hold a store's files. A part of abi.h, whose rules hold here too. */
#ifndef LOAM_ABI_FILE_SYSTEM_H
#define LOAM_ABI_FILE_SYSTEM_H

#include "loam/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Kind: file system --------------------------------------------------------------------- */

#define LOAM_FS_MMAP 1ull
#define LOAM_FS_DIRECT_IO 2ull
#define LOAM_FS_ATOMIC_RENAME 4ull
#define LOAM_FS_HARD_LINK 8ull
#define LOAM_FS_PREALLOCATE 16ull
#define LOAM_FS_RESERVE 32ull  /* append_reserve and append_commit are offered */
#define LOAM_FS_VOLATILE 64ull /* nothing survives the process; a store remembers nothing */

#define LOAM_FILE_IS_DIRECTORY 1u

typedef struct loam_file_info {
  uint32_t struct_size;
  uint32_t flags; /* LOAM_FILE_ bits */
  uint64_t size;
  uint64_t modified_us;
} loam_file_info;

typedef struct loam_read_request {
  uint64_t offset;
  char* out;
  size_t size;
  size_t got;         /* result */
  loam_status status; /* result */
  uint32_t reserved;
} loam_read_request;

#define LOAM_APPEND_CREATE_NEW 0u /* fails when the file exists */
#define LOAM_APPEND_TRUNCATE 1u   /* creates it, or empties it */
#define LOAM_APPEND_CONTINUE 2u   /* creates it, or goes on behind its end */

#define LOAM_SYNC_DATA 0u /* contents and size */
#define LOAM_SYNC_FULL 1u /* and all metadata */

/* Paths belong to the file system; '/' separates. Every failure says what and which path. A short
 * read is only the end of the file. Slots marked optional may be NULL. */
typedef struct loam_file_system_v1 {
  uint32_t struct_size;
  uint32_t flags;                                     /* reserved, 0 */
  uint64_t (*capabilities)(void* self) LOAM_NOEXCEPT; /* [pure] LOAM_FS_ bits; constant */
  /* The wrapped file system, or {NULL, NULL}: the chain that a store remembers. [any] optional */
  loam_component_ref (*base)(void* self) LOAM_NOEXCEPT;

  /* Random access, read only. [any] on one handle. */
  loam_status (*random_open)(void* self, const char* path, void** file,
                             loam_error* error) LOAM_NOEXCEPT;
  void (*random_close)(void* self, void* file) LOAM_NOEXCEPT;
  loam_status (*random_size)(void* self, void* file, uint64_t* size,
                             loam_error* error) LOAM_NOEXCEPT;
  loam_status (*random_read)(void* self, void* file, uint64_t offset, char* out, size_t size,
                             size_t* got, loam_error* error) LOAM_NOEXCEPT;
  /* Each request gets its own status. optional */
  void (*random_read_many)(void* self, void* file, loam_read_request* requests,
                           size_t count) LOAM_NOEXCEPT;
  /* optional: the whole file as memory, valid until random_close. */
  loam_status (*random_map)(void* self, void* file, loam_slice* out,
                            loam_error* error) LOAM_NOEXCEPT;
  /* Slots for asynchronous reads with completion: NULL in minor 0. */
  void* reserved_async[2];

  /* Sequential reading. [one] */
  loam_status (*sequential_open)(void* self, const char* path, void** file,
                                 loam_error* error) LOAM_NOEXCEPT;
  void (*sequential_close)(void* self, void* file) LOAM_NOEXCEPT;
  loam_status (*sequential_read)(void* self, void* file, char* out, size_t size, size_t* got,
                                 loam_error* error) LOAM_NOEXCEPT;

  /* Appending. [one], except append_sync, which may run beside append_write or append_commit and
   * makes durable what was written before it began. */
  loam_status (*append_open)(void* self, const char* path, uint32_t mode, void** file,
                             loam_error* error) LOAM_NOEXCEPT;
  loam_status (*append_write)(void* self, void* file, loam_slice bytes,
                              loam_error* error) LOAM_NOEXCEPT;
  loam_status (*append_sync)(void* self, void* file, uint32_t kind,
                             loam_error* error) LOAM_NOEXCEPT;
  /* optional: starts write-back of a range; promises nothing. */
  loam_status (*append_sync_range)(void* self, void* file, uint64_t offset, uint64_t size,
                                   loam_error* error) LOAM_NOEXCEPT;
  /* optional: memory for the next `size` bytes of the file. Space is allocated first: a full disk
   * is NO_SPACE here; NOT_SUPPORTED: not on this device, write instead. The window is zero-filled
   * and valid until the next reserve, write or close. append_commit makes the next `size` bytes of
   * it part of the file; it may be called again and again until the window is used up. A crash
   * leaves zeros (or stale bytes of a recycled file) behind the last committed byte. */
  loam_status (*append_reserve)(void* self, void* file, size_t size, char** window,
                                loam_error* error) LOAM_NOEXCEPT;
  loam_status (*append_commit)(void* self, void* file, size_t size,
                               loam_error* error) LOAM_NOEXCEPT;
  /* optional: a hint of the final size. */
  loam_status (*append_preallocate)(void* self, void* file, uint64_t size,
                                    loam_error* error) LOAM_NOEXCEPT;
  /* Ends the file at its last written byte (windows are cut off); not a sync. */
  loam_status (*append_close)(void* self, void* file, loam_error* error) LOAM_NOEXCEPT;

  /* Names. [any] */
  loam_status (*stat)(void* self, const char* path, loam_file_info* info,
                      loam_error* error) LOAM_NOEXCEPT; /* NOT_FOUND when absent */
  /* One append to the sink per entry: its bare name. "." and ".." are left out. */
  loam_status (*list)(void* self, const char* directory, loam_sink* names,
                      loam_error* error) LOAM_NOEXCEPT;
  loam_status (*make_directory)(void* self, const char* path,
                                loam_error* error) LOAM_NOEXCEPT; /* existing: OK */
  loam_status (*remove_directory)(void* self, const char* path, loam_error* error) LOAM_NOEXCEPT;
  loam_status (*sync_directory)(void* self, const char* path, loam_error* error) LOAM_NOEXCEPT;
  loam_status (*remove_file)(void* self, const char* path, loam_error* error) LOAM_NOEXCEPT;
  loam_status (*rename)(void* self, const char* from, const char* to,
                        loam_error* error) LOAM_NOEXCEPT; /* replaces `to` */
  loam_status (*link)(void* self, const char* from, const char* to,
                      loam_error* error) LOAM_NOEXCEPT; /* optional */
  /* Excludes other processes and other holders in this one; creates the file. BUSY when held. */
  loam_status (*lock)(void* self, const char* path, void** lock, loam_error* error) LOAM_NOEXCEPT;
  void (*unlock)(void* self, void* lock) LOAM_NOEXCEPT;
  /* optional: bytes that can still be written below path. */
  loam_status (*free_space)(void* self, const char* path, uint64_t* bytes,
                            loam_error* error) LOAM_NOEXCEPT;
} loam_file_system_v1;

LOAM_CHECK_LAYOUT(loam_file_info, modified_us, 8);
LOAM_CHECK_LAYOUT(loam_read_request, reserved, 4);
LOAM_CHECK_LAYOUT(loam_file_system_v1, free_space, 8);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* LOAM_ABI_FILE_SYSTEM_H */
