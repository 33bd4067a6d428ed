/* Files of a POSIX system by plain system calls, with nothing that is optional. */
#define _GNU_SOURCE /* open file description locks */
#define FOSSIL_NAME "fossil_file_system"
#define FOSSIL_KIND LOAM_KIND_FILE_SYSTEM
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fossil.h"

typedef struct file {
  int descriptor;
  char path[4096];
} file;

static loam_status failure(loam_error* error, const char* what, const char* path, int number) {
  loam_status code = LOAM_IO;
  if (number == ENOENT) code = LOAM_NOT_FOUND;
  if (number == ENOSPC || number == EDQUOT) code = LOAM_NO_SPACE;
  if (number == ENOMEM) code = LOAM_NO_MEMORY;
  if (number == EACCES || number == EPERM) code = LOAM_PERMISSION;
  if (error != NULL && error->struct_size >= sizeof(loam_error)) {
    error->code = code;
    error->os_errno = number;
    snprintf(error->message, sizeof error->message, "%s %.500s: %s", what, path, strerror(number));
  }
  return code;
}

static loam_status open_file(const char* path, int flags, void** out, loam_error* error) {
  file* made = malloc(sizeof *made);
  struct stat found;
  if (made == NULL || strlen(path) >= sizeof made->path) {
    free(made);
    return failure(error, "open", path, made == NULL ? ENOMEM : ENAMETOOLONG);
  }
  made->descriptor = open(path, flags | O_CLOEXEC, 0644);
  if (made->descriptor < 0) {
    free(made);
    return failure(error, "open", path, errno);
  }
  if (fstat(made->descriptor, &found) != 0 || S_ISDIR(found.st_mode)) {
    close(made->descriptor);
    free(made);
    return failure(error, "open", path, EISDIR);
  }
  strcpy(made->path, path);
  *out = made;
  return LOAM_OK;
}

static void close_file(void* self, void* old) {
  (void)self;
  close(((file*)old)->descriptor);
  free(old);
}

static uint64_t capabilities(void* self) {
  (void)self;
  return 0;
}

static loam_status open_to_read(void* self, const char* path, void** out, loam_error* error) {
  (void)self;
  return open_file(path, O_RDONLY, out, error);
}

static loam_status random_size(void* self, void* of, uint64_t* size, loam_error* error) {
  const file* f = of;
  struct stat found;
  (void)self;
  if (fstat(f->descriptor, &found) != 0) return failure(error, "size of", f->path, errno);
  *size = (uint64_t)found.st_size;
  return LOAM_OK;
}

static loam_status random_read(void* self, void* of, uint64_t offset, char* out, size_t size,
                               size_t* got, loam_error* error) {
  const file* f = of;
  (void)self;
  *got = 0;
  while (*got < size) {
    const ssize_t n = pread(f->descriptor, out + *got, size - *got, (off_t)(offset + *got));
    if (n == 0) break;
    if (n < 0 && errno != EINTR) return failure(error, "read", f->path, errno);
    if (n > 0) *got += (size_t)n;
  }
  return LOAM_OK;
}

static loam_status sequential_read(void* self, void* of, char* out, size_t size, size_t* got,
                                   loam_error* error) {
  const file* f = of;
  (void)self;
  *got = 0;
  while (*got < size) {
    const ssize_t n = read(f->descriptor, out + *got, size - *got);
    if (n == 0) break;
    if (n < 0 && errno != EINTR) return failure(error, "read", f->path, errno);
    if (n > 0) *got += (size_t)n;
  }
  return LOAM_OK;
}

static loam_status append_open(void* self, const char* path, uint32_t mode, void** out,
                               loam_error* error) {
  static const int flags[] = {O_EXCL, O_TRUNC, 0};
  (void)self;
  if (mode > LOAM_APPEND_CONTINUE) {
    const loam_status status = failure(error, "open to append", path, EINVAL);
    if (error != NULL) error->code = LOAM_INVALID_ARGUMENT;
    return status == LOAM_OK ? status : LOAM_INVALID_ARGUMENT;
  }
  return open_file(path, O_WRONLY | O_CREAT | O_APPEND | flags[mode], out, error);
}

static loam_status append_write(void* self, void* of, loam_slice bytes, loam_error* error) {
  const file* f = of;
  size_t done = 0;
  (void)self;
  while (done < bytes.size) {
    const ssize_t n = write(f->descriptor, bytes.data + done, bytes.size - done);
    if (n < 0 && errno != EINTR) return failure(error, "append to", f->path, errno);
    if (n > 0) done += (size_t)n;
  }
  return LOAM_OK;
}

static loam_status append_sync(void* self, void* of, uint32_t kind, loam_error* error) {
  const file* f = of;
  (void)self;
  if ((kind == LOAM_SYNC_DATA ? fdatasync(f->descriptor) : fsync(f->descriptor)) == 0) {
    return LOAM_OK;
  }
  return failure(error, "sync", f->path, errno);
}

static loam_status append_close(void* self, void* of, loam_error* error) {
  (void)error;
  close_file(self, of);
  return LOAM_OK;
}

static loam_status stat_path(void* self, const char* path, loam_file_info* info,
                             loam_error* error) {
  struct stat found;
  (void)self;
  if (stat(path, &found) != 0) return failure(error, "stat", path, errno);
  info->flags = S_ISDIR(found.st_mode) ? LOAM_FILE_IS_DIRECTORY : 0;
  info->size = (uint64_t)found.st_size;
  info->modified_us =
      (uint64_t)found.st_mtim.tv_sec * 1000000u + (uint64_t)found.st_mtim.tv_nsec / 1000u;
  return LOAM_OK;
}

static loam_status list(void* self, const char* directory, loam_sink* names, loam_error* error) {
  DIR* stream = opendir(directory);
  loam_status status = LOAM_OK;
  struct dirent* entry;
  (void)self;
  if (stream == NULL) return failure(error, "list", directory, errno);
  while (status == LOAM_OK && (errno = 0, entry = readdir(stream)) != NULL) {
    const loam_slice name = {entry->d_name, strlen(entry->d_name)};
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    status = names->append(names, name);
  }
  if (status == LOAM_OK && errno != 0) status = failure(error, "list", directory, errno);
  closedir(stream);
  return status;
}

static loam_status make_directory(void* self, const char* path, loam_error* error) {
  struct stat found;
  (void)self;
  if (mkdir(path, 0755) == 0) return LOAM_OK;
  if (errno == EEXIST && stat(path, &found) == 0 && S_ISDIR(found.st_mode)) return LOAM_OK;
  return failure(error, "make directory", path, EEXIST);
}

static loam_status remove_directory(void* self, const char* path, loam_error* error) {
  (void)self;
  return rmdir(path) == 0 ? LOAM_OK : failure(error, "remove directory", path, errno);
}

static loam_status sync_directory(void* self, const char* path, loam_error* error) {
  const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int number = errno;
  (void)self;
  if (descriptor < 0) return failure(error, "sync directory", path, number);
  number = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  return number == 0 ? LOAM_OK : failure(error, "sync directory", path, number);
}

static loam_status remove_file(void* self, const char* path, loam_error* error) {
  (void)self;
  return unlink(path) == 0 ? LOAM_OK : failure(error, "remove", path, errno);
}

static loam_status rename_path(void* self, const char* from, const char* to, loam_error* error) {
  (void)self;
  return rename(from, to) == 0 ? LOAM_OK : failure(error, "rename", from, errno);
}

/* Of the open file, not of the process: two holders in one process exclude each other too. */
static loam_status lock(void* self, const char* path, void** out, loam_error* error) {
  struct flock whole;
  loam_status status = open_file(path, O_RDWR | O_CREAT, out, error);
  if (status != LOAM_OK) return status;
  memset(&whole, 0, sizeof whole);
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (fcntl(((file*)*out)->descriptor, F_OFD_SETLK, &whole) == 0) return LOAM_OK;
  status = failure(error, "lock", path, errno);
  if (errno == EAGAIN || errno == EACCES) {
    status = LOAM_BUSY;
    if (error != NULL) error->code = LOAM_BUSY;
  }
  close_file(self, *out);
  *out = NULL;
  return status;
}

static const loam_file_system_v1 table = {
    .struct_size = sizeof(loam_file_system_v1),
    .capabilities = capabilities,
    .random_open = open_to_read,
    .random_close = close_file,
    .random_size = random_size,
    .random_read = random_read,
    .sequential_open = open_to_read,
    .sequential_close = close_file,
    .sequential_read = sequential_read,
    .append_open = append_open,
    .append_write = append_write,
    .append_sync = append_sync,
    .append_close = append_close,
    .stat = stat_path,
    .list = list,
    .make_directory = make_directory,
    .remove_directory = remove_directory,
    .sync_directory = sync_directory,
    .remove_file = remove_file,
    .rename = rename_path,
    .lock = lock,
    .unlock = close_file,
};

FOSSIL_TABLE(table)
