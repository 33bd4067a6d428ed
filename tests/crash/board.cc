#include "tests/crash/board.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

namespace loam::test {

SharedBoard::SharedBoard(const std::string& path) : board_(nullptr) {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);
  if (fd < 0 || ::ftruncate(fd, sizeof(Board)) != 0) throw std::runtime_error("no board " + path);
  void* memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (memory == MAP_FAILED) throw std::runtime_error("no board " + path);
  board_ = static_cast<Board*>(memory);  // zeros are a Board's initial state
}

SharedBoard::~SharedBoard() { ::munmap(board_, sizeof(Board)); }

}  // namespace loam::test
