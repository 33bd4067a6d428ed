#include "core/plugin/check_host.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace loam::plugin {

struct OddHost::Services {
  static OddHost& of(const loam_host* host) { return *static_cast<OddHost*>(host->state); }

  static void* allocate(const loam_host* host, const char*, std::size_t size,
                        std::size_t align) noexcept {
    OddHost& self = of(host);
    if (self.allocations_++ >= self.failing_) return nullptr;
    void* p = nullptr;
    const std::size_t least = std::max<std::size_t>(size, 1);
    if (::posix_memalign(&p, std::max(align, sizeof(void*)), least) != 0) return nullptr;
    self.held_ += size;
    return p;
  }
  static void release(const loam_host* host, const char*, void* p, std::size_t size) noexcept {
    if (p == nullptr) return;
    std::free(p);
    of(host).held_ -= size;
  }
  static const void* get_service(const loam_host* host, const char* id) noexcept {
    static constexpr loam_svc_alloc kAlloc = {sizeof kAlloc, 0, &allocate, &release};
    const bool wanted = id != nullptr && std::string_view(id) == LOAM_SVC_ALLOC;
    return wanted && of(host).offers_alloc_ ? &kAlloc : nullptr;
  }
};

OddHost::OddHost(bool offers_alloc, std::uint64_t failing)
    : offers_alloc_(offers_alloc), failing_(failing) {
  host_.struct_size = sizeof host_;
  host_.abi_major = LOAM_ABI_MAJOR;
  host_.abi_minor = 0;  // the oldest host of this major
  host_.name = "loam plugin check";
  host_.version = "0";
  host_.state = this;
  host_.get_service = &Services::get_service;
}

}  // namespace loam::plugin
