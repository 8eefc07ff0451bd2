import { expect, test } from 'vitest'
import { debianMirror } from './base-image.ts'
import { splitTag } from './build-image.ts'
import { isDebianLike } from './install-packages.ts'
import { registryName } from './registry.ts'

test('the mirror is the one that apt uses for Debian itself', () => {
  const lines = [
    'http://security.example.org/debian-security/ Debian',
    'https://packages.example.org/apt cloud',
    'http://mirror.example.org/debian/ Debian',
  ].join('\n')
  expect(debianMirror(lines)).toBe('http://mirror.example.org/debian')
})

test('without one, as on Ubuntu, it is left to debootstrap', () => {
  expect(debianMirror('http://archive.example.org/ubuntu/ Ubuntu')).toBeUndefined()
  expect(debianMirror('')).toBeUndefined()
})

test('packages are installed on Debian, Ubuntu and their children only', () => {
  expect(isDebianLike('NAME="Debian GNU/Linux"\nID=debian\n')).toBe(true)
  expect(isDebianLike('ID=ubuntu\nID_LIKE=debian\n')).toBe(true)
  expect(isDebianLike('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).toBe(true)
  expect(isDebianLike('ID="rhel"\nID_LIKE="fedora"\n')).toBe(false)
  expect(isDebianLike('')).toBe(false)
})

test('a mirror of the official images holds them under library/', () => {
  expect(registryName('redis:8', {})).toBe('redis:8')
  expect(registryName('redis:8', { CARYA_REGISTRY: '127.0.0.1:5000/' })).toBe(
    '127.0.0.1:5000/library/redis:8',
  )
})

test('the port of a registry is no tag', () => {
  expect(splitTag('127.0.0.1:5000/library/redis:8')).toEqual(['127.0.0.1:5000/library/redis', '8'])
  expect(splitTag('127.0.0.1:5000/redis')).toEqual(['127.0.0.1:5000/redis', 'latest'])
})
